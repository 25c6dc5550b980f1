"""`server-stateless`: the modern era without a session, check by check."""

import time

from caller import META
from scenario import GATEWAY, MESSAGES, TOLD, V07, scenario

OLD = ("initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe")


@scenario("server-stateless", V07, needs=MESSAGES)
def stateless(caller):
    for check in (metadata, discovery, versions, methods, capability, listening, ids):
        check(caller)


def metadata(caller):
    """request-meta-invalid-*, request-meta-client-info-optional, http-server-meta-invalid-400."""
    own = caller.message("tools/list")["params"]["_meta"]
    for gone in (list(own), [META + "protocolVersion"], [META + "clientCapabilities"]):
        message = caller.message("tools/list")
        message["params"]["_meta"] = {key: value for key, value in own.items() if key not in gone}
        if not message["params"]["_meta"]:
            del message["params"]["_meta"]
        answer = caller.read(caller.post(message), "tools/list")
        caller.check((answer.status, answer.code) == (400, -32602), f"without {gone}: {answer.status} {answer.error}")
    message = caller.message("tools/list")
    del message["params"]["_meta"][META + "clientInfo"]
    answer = caller.read(caller.post(message), "tools/list")
    caller.check(answer.status == 200 and answer.result, f"without clientInfo: {answer.status} {answer.error}")


def discovery(caller):
    """server-implements-discover, identifies-in-result-meta, declares-prompts, capabilities-match-handlers."""
    answer = caller.send("server/discover")
    caller.need(answer.result, f"server/discover: {answer.status} {answer.error}")
    caller.check(caller.version in answer.result["supportedVersions"], f"{answer.result['supportedVersions']}")
    info = answer.result.get("_meta", {}).get(META + "serverInfo") or {}
    caller.check(info.get("name") and info.get("version"), f"serverInfo {info}")
    for kind in ("tools", "prompts", "resources"):
        served = caller.send(f"{kind}/list").code != -32601
        caller.check(served == (kind in answer.result["capabilities"]), f"{kind}: served {served}, not so announced")


def versions(caller):
    """server-unsupported-version-error, http-server-unsupported-version-400, http-server-header-mismatch-400."""
    unknown = {META + "protocolVersion": "v999.0.0"}
    answer = caller.send("tools/list", meta=unknown, MCP_Protocol_Version="v999.0.0")
    caller.check((answer.status, answer.code) == (400, -32022), f"v999.0.0: {answer.status} {answer.error}")
    data = (answer.error or {}).get("data") or {}
    known = caller.send("server/discover").result["supportedVersions"]
    supported = data.get("supported") or []
    caller.check(supported and set(supported) <= set(known), f"supported {supported}, discovered {known}")
    caller.check(data.get("requested") == "v999.0.0", f"requested {data.get('requested')}")
    answer = caller.send("tools/list", meta=unknown)
    caller.check((answer.status, answer.code) == (400, -32020), f"v999.0.0 in the body: {answer.status} {answer.error}")


def methods(caller):
    """http-server-method-not-found-404-*."""
    for method in (*OLD, "unknown/method"):
        answer = caller.send(method, {"level": "info", "uri": "test://static-text"})
        caller.check((answer.status, answer.code) == (404, -32601), f"{method}: {answer.status} {answer.error}")


def capability(caller):
    """server-rejects-undeclared-capability, missing-capability-http-400."""
    answer = caller.call("test_missing_capability", capabilities={})
    caller.check((answer.status, answer.code) == (400, -32021), f"{answer.status} {answer.error}")
    data = (answer.error or {}).get("data") or {}
    caller.check(isinstance(data.get("requiredCapabilities", {}).get("sampling"), dict), f"data {data}")


def listening(caller):
    """server-sends-subscription-ack, -tags-subscription-id; the id is a number, and stays one."""
    id = int(time.time() * 1000)
    stream = caller.listen({"toolsListChanged": True}, id)
    acknowledged = stream.wait("notifications/subscriptions/acknowledged")
    caller.need(acknowledged, f"no acknowledgement: {stream.status} {stream.body}")
    tag = acknowledged["params"]["_meta"][META + "subscriptionId"]
    caller.check(tag == id and isinstance(tag, int), f"subscriptionId {tag!r}, not {id}")
    caller.check(stream.messages[0] is acknowledged, "something came before the acknowledgement")
    caller.check(acknowledged["params"]["notifications"] == {"toolsListChanged": True}, f"{acknowledged['params']}")


def ids(caller):
    """http-server-error-jsonrpc-id."""
    for id in (4711, "a-text"):
        answer = caller.send("unknown/method", id=id)
        caller.check(answer.response.get("id") == id, f"the id of an error is {answer.response.get('id')!r}, not {id!r}")


@scenario("server-stateless-streams", V07, needs=TOLD, scored=())
def streams(caller):
    """The checks of server-stateless on notifications: no-independent-requests-on-stream, no-log-without-loglevel."""
    capabilities = {"elicitation": {"form": {}}}
    answer = caller.call("test_streaming_elicitation", capabilities=capabilities, meta={"progressToken": "p"})
    caller.check((answer.result or {}).get("resultType") == "input_required", f"{answer.response}")
    caller.check(len(answer.told("notifications/progress")) == 1, f"told {answer.messages}")
    caller.check(all("id" not in each for each in answer.messages if "method" in each), "a request on the stream")
    silent = caller.call("test_logging_tool")
    caller.check(silent.result and len(silent.messages) == 1, f"log messages that nobody asked for: {silent.messages}")
    loud = caller.call("test_logging_tool", meta={META + "logLevel": "warning"})
    levels = [params["level"] for params in loud.told("notifications/message")]
    caller.check(levels == ["warning", "error"], f"levels {levels} for warning")


@scenario("server-stateless-list-changes", V07, needs=TOLD, scored=())
def list_changes(caller):
    """The checks of server-stateless on changes of a target's own lists, and on the filter of a stream."""
    for kind, other in (("tools", "prompts"), ("prompts", "tools")):
        mine, others = caller.listen({f"{kind}ListChanged": True}), caller.listen({f"{other}ListChanged": True})
        for stream in (mine, others):
            stream.wait("notifications/subscriptions/acknowledged")
        caller.call(f"test_trigger_{kind[:-1]}_change")
        method = f"notifications/{kind}/list_changed"
        changed = mine.wait(method, 1.5)
        if caller.check(changed, f"{method} doesn't come within 1.5 s"):
            caller.check(changed["params"]["_meta"][META + "subscriptionId"] == mine.id, f"{changed}")
        told = [message.get("method") for message in others.messages[1:]]
        caller.check(method not in told, f"{method} on a stream for {other}")
        for stream in (mine, others):
            stream.close()
