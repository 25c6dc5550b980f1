"""Sessions, pings, log levels, streams, sources of requests."""

import threading

from scenario import STREAM, V03, V06, V07, V11, scenario
from wire import send


@scenario("server-initialize", V06, V11)
def initialize(caller):
    for headers in ({}, {"MCP_Protocol_Version": "2025-11-25"}):
        params = {"protocolVersion": caller.version, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        answer = caller.send("initialize", params, **headers)
        caller.need(answer.status == 200 and answer.result, f"{answer.status} {answer.error}")
        caller.check(answer.result["protocolVersion"] == caller.version, f"version {answer.result['protocolVersion']}")
        info = answer.result.get("serverInfo") or {}
        caller.check(info.get("name") and info.get("version"), f"serverInfo is {info}")
        caller.check(isinstance(answer.result.get("capabilities"), dict), "no capabilities")
        session = answer.headers.get("mcp-session-id", "")
        caller.check(all(0x21 <= ord(each) <= 0x7E for each in session), f"session id {session!r}")


@scenario("server-session-lifecycle", V03, V06, V11, scored=(V03, V06))
def session_lifecycle(caller):
    caller.begin()
    caller.need(caller.session, "no session id")
    told = caller.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
    caller.check(200 <= told.status < 300, f"notifications/initialized: {told.status}")
    headers = [(name, value) for name, value in caller.headers({}) if name not in ("Accept", "Content-Type")]
    ended = send(caller.url, "DELETE", headers)
    caller.need(200 <= ended.status < 300, f"DELETE: {ended.status}")
    after = caller.send("ping")
    caller.check(after.status == 404, f"a ping after DELETE: {after.status}")


@scenario("ping", V06, V11)
def ping(caller):
    caller.begin()
    answer = caller.send("ping")
    caller.check(answer.result == {}, f"{answer.response}")


@scenario("logging-set-level", V06, V11)
def set_level(caller):
    caller.begin()
    answer = caller.send("logging/setLevel", {"level": "info"})
    caller.check(answer.result == {}, f"{answer.response}")
    caller.check(caller.send("logging/setLevel", {"level": "loud"}).code == -32602, "an unknown level isn't refused")


@scenario("server-sse-multiple-streams", V11, V07)
def multiple_streams(caller):
    caller.begin()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(caller.send("tools/list"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    caller.check([answer.status for answer in answers] == [200] * 3, f"{[answer.status for answer in answers]}")
    caller.check(caller.is_modern or caller.session, "no session id")


@scenario("server-sse-polling", V11, needs=STREAM, scored=())
def polling(caller):
    """The client loses the stream of a call before its end, and takes it up where it was."""
    caller.begin()
    caller.send("logging/setLevel", {"level": "debug"})
    params = {"name": caller.name("test_reconnection"), "arguments": {}}
    message = caller.message("tools/call", params, meta={"progressToken": "p"})
    reply = caller.post(message)
    caller.need(reply.is_stream, f"the call isn't answered with a stream: {reply.status}")
    events = []
    for event in reply.events():
        events.append(event)
        if event["data"]:
            break
    caller.check(events[0]["id"] and not events[0]["data"], f"the first event isn't a priming event: {events[0]}")
    caller.check(any((event["retry"] or "").isdigit() for event in events), f"no retry: {events}")
    ids = [event["id"] for event in events]
    caller.need(all(ids) and len(set(ids)) == len(ids), f"events without ids of their own: {ids}")
    reply.close()
    headers = [*caller.headers({}, Accept="text/event-stream"), ("Last-Event-ID", ids[-1])]
    resumed = send(caller.url, "GET", headers)
    caller.need(resumed.status == 200 and resumed.is_stream, f"GET with Last-Event-ID: {resumed.status}")
    answer = caller.read(resumed, "tools/call", id=message["id"])
    steps = [params.get("progress") for params in answer.told("notifications/progress")]
    caller.check(steps == [1, 2, 3], f"progress {steps}, which isn't what was missed")
    caller.check(not answer.told("notifications/message"), f"what was heard before comes again: {answer.messages}")
    text = answer.response.get("id") == message["id"] and answer.text
    caller.check(text == "Reconnection test completed.", f"no result on the resumed stream: {answer.messages}")


@scenario("dns-rebinding-protection", V11, V07)
def rebinding(caller):
    caller.begin()
    own = caller.url.split("/")[2]
    evil = caller.send("tools/list", host="evil.example.com", Origin="http://evil.example.com")
    caller.check(400 <= evil.status < 500, f"a foreign Host and Origin: {evil.status}")
    caller.check(caller.send("tools/list", Origin="http://evil.example.com").status == 403, "a foreign Origin isn't refused")
    right = caller.send("tools/list", host=own, Origin=f"http://{own}")
    caller.check(right.status == 200, f"its own Host and Origin: {right.status}")
