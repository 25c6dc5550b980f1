"""A client of one version that makes a scenario's demands, and notes those that aren't met."""

import json
import threading
import time
from dataclasses import dataclass, field

from scenario import V03, V07, Unmet
from wire import BOTH, header_value, parse, send
from wire_schema import WireSchema

META = "io.modelcontextprotocol/"
CLIENT = {"name": "conformance", "version": "1"}
ALL = {"sampling": {}, "elicitation": {}, "roots": {"listChanged": True}}
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
schemas: dict[str, WireSchema] = {}


@dataclass
class Answer:
    """What came for one request: the messages before its response, and the response."""

    status: int
    headers: dict
    messages: list = field(default_factory=list)
    events: list = field(default_factory=list)

    @property
    def response(self):
        return next((message for message in self.messages if "method" not in message), None) or {}

    @property
    def result(self):
        return self.response.get("result")

    @property
    def error(self):
        return self.response.get("error")

    @property
    def code(self):
        return (self.error or {}).get("code")

    @property
    def text(self):
        """The first block's text."""
        content = (self.result or {}).get("content") or [{}]
        return content[0].get("text") or ""

    def told(self, method):
        """The params of the notifications of that method that came before the response."""
        return [message.get("params", {}) for message in self.messages if message.get("method") == method]


class Caller:
    def __init__(self, url, key, target, version):
        self.url, self.key, self.target, self.version = url, key, target, version
        self.is_modern = version == V07
        self.session, self.ids, self.failures = None, 0, []
        self.schema = schemas.setdefault(version, WireSchema(version))
        self.opened = []

    # Demands

    def check(self, is_met, demand):
        """Notes a demand that isn't met, and goes on."""
        if not is_met:
            self.failures.append(demand)
        return is_met

    def need(self, is_met, demand):
        if not is_met:
            raise Unmet(demand)

    # Names

    def name(self, bare):
        return f"{self.target}___{bare}"

    def uri(self, bare):
        """The target's URI as the gateway takes it whatever other targets have."""
        return f"mcp-gateway://{self.target}/{bare}"

    # Requests

    def begin(self, capabilities=None):
        """Opens a session, in the versions that have one."""
        if self.is_modern:
            return None
        params = {"protocolVersion": self.version, "capabilities": capabilities or {}, "clientInfo": CLIENT}
        answer = self.send("initialize", params)
        self.need(answer.result, f"initialize isn't answered with a result: {answer.status} {answer.error}")
        self.session = answer.headers.get("mcp-session-id")
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}).body()
        return answer

    def headers(self, message, **changes):
        """The headers of a POST. `changes` are by their names with `_` for `-`; None leaves a header out."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Accept": BOTH}
        if self.is_modern:
            method = message.get("method")
            headers |= {"MCP-Protocol-Version": self.version, "Mcp-Method": method}
            if method in NAMED:
                headers["Mcp-Name"] = header_value(str(message.get("params", {}).get(NAMED[method])))
        elif message.get("method") != "initialize":
            if self.version != V03:
                headers["MCP-Protocol-Version"] = self.version
            headers["Mcp-Session-Id"] = self.session
        for name, value in changes.items():
            headers = {key: old for key, old in headers.items() if key.lower() != name.replace("_", "-").lower()}
            headers[name.replace("_", "-")] = value
        return [(name, value) for name, value in headers.items() if value is not None]

    def message(self, method, params=None, capabilities=None, meta=None, id=None):
        self.ids += 1
        params = dict(params or {})
        if self.is_modern:
            own = {META + "protocolVersion": self.version, META + "clientCapabilities": capabilities or {}}
            params["_meta"] = {**own, META + "clientInfo": CLIENT, **params.get("_meta", {}), **(meta or {})}
        elif meta:
            params["_meta"] = meta
        message = {"jsonrpc": "2.0", "id": self.ids if id is None else id, "method": method}
        return {**message, "params": params} if params else message

    def post(self, message, host=None, **changes):
        return send(self.url, "POST", self.headers(message, **changes), json.dumps(message).encode(), host)

    def send(self, method, params=None, answering=None, capabilities=None, meta=None, id=None, host=None, **changes):
        """Sends a request and reads all that comes. `answering` gets each request to the client, and returns its result."""
        message = self.message(method, params, capabilities, meta, id)
        return self.read(self.post(message, host, **changes), method, answering)

    def read(self, reply, method, answering=None, id=None):
        """All that comes; with an `id`, up to the response to it: the server may leave a stream open that was taken up again."""
        answer = Answer(reply.status, {name.lower(): value for name, value in reply.response.getheaders()})
        if not reply.is_stream:
            message = parse(reply.body())
            if isinstance(message, dict) and "jsonrpc" in message:
                self.take(message, answer, method, answering)
            return answer
        for event in reply.events():
            answer.events.append(event)
            if event["data"]:
                self.take(json.loads(event["data"]), answer, method, answering)
                if id is not None and answer.response.get("id") == id:
                    reply.close()
                    break
        return answer

    def take(self, message, answer, method, answering):
        answer.messages.append(message)
        self.failures += self.schema.faults(message, method)
        if "method" in message and "id" in message:
            result = answering(message) if answering else None
            outcome = {"result": result} if result is not None else {"error": {"code": -32601, "message": "no"}}
            reply = self.post({"jsonrpc": "2.0", "id": message["id"], **outcome})
            self.check(reply.status == 202, f"the client's response is answered with {reply.status}, not 202")
            reply.body()

    def call(self, tool, arguments=None, **more):
        members = more.pop("members", {})
        return self.send("tools/call", {"name": self.name(tool), "arguments": arguments or {}, **members}, **more)

    def listed(self, method, member, **more):
        """All entries of a list, page after page."""
        entries, params = [], {}
        while True:
            answer = self.send(method, params, **more)
            self.need(answer.result, f"{method}: {answer.status} {answer.error}")
            entries += answer.result[member]
            if "nextCursor" not in answer.result:
                return entries
            params = {"cursor": answer.result["nextCursor"]}

    def mine(self, entries):
        """The entries of this scenario's target, by their bare names."""
        prefix = self.name("")
        return {entry["name"].removeprefix(prefix): entry for entry in entries if entry["name"].startswith(prefix)}

    # Streams

    def listen(self, notifications, id=None):
        message = self.message("subscriptions/listen", {"notifications": notifications}, id=id)
        return Stream(self, self.post(message), message["id"])

    def close(self):
        for stream in self.opened:
            stream.close()


class Stream:
    """A stream of changes, read by a thread of its own."""

    def __init__(self, caller, reply, id):
        self.reply, self.id, self.status, self.messages = reply, id, reply.status, []
        self.news = threading.Condition()
        self.body = None if reply.is_stream else parse(reply.body())
        caller.opened.append(self)
        if reply.is_stream:
            threading.Thread(target=self.run, args=[caller], daemon=True).start()

    def run(self, caller):
        try:
            for event in self.reply.events():
                if event["data"]:
                    message = json.loads(event["data"])
                    with self.news:
                        self.messages.append(message)
                        caller.failures += caller.schema.faults(message, "subscriptions/listen")
                        self.news.notify_all()
        except (OSError, AttributeError, ValueError):
            pass  # closed by the scenario

    def wait(self, method, seconds=5.0):
        """The first message of that method, once it has come."""
        end = time.monotonic() + seconds
        with self.news:
            while True:
                found = next((message for message in self.messages if message.get("method") == method), None)
                left = end - time.monotonic()
                if found or left <= 0:
                    return found
                self.news.wait(left)

    def close(self):
        sock = self.reply.connection.sock or getattr(getattr(self.reply.response.fp, "raw", None), "_sock", None)
        if sock is not None:
            try:
                sock.shutdown(2)
            except OSError:
                pass
