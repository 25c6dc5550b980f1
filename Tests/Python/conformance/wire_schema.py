"""Every message from the gateway against the schema.json of its version: the suite's `wire-schema-valid`."""

import json
import os
from pathlib import Path

from jsonschema import validators

# `GATEWAY_VECTORS`, or the folder beside the repository, as for the other vectors.
FOLDER = Path(os.environ.get("GATEWAY_VECTORS") or Path(__file__).resolve().parents[3].parent / "shared/vectors") / "mcp-schema"

RESULTS = {
    "initialize": ["InitializeResult"],
    "server/discover": ["DiscoverResult"],
    "ping": ["EmptyResult"],
    "logging/setLevel": ["EmptyResult"],
    "resources/subscribe": ["EmptyResult"],
    "resources/unsubscribe": ["EmptyResult"],
    "tools/list": ["ListToolsResult"],
    "tools/call": ["CallToolResult", "InputRequiredResult"],
    "prompts/list": ["ListPromptsResult"],
    "prompts/get": ["GetPromptResult", "InputRequiredResult"],
    "resources/list": ["ListResourcesResult"],
    "resources/templates/list": ["ListResourceTemplatesResult"],
    "resources/read": ["ReadResourceResult", "InputRequiredResult"],
    "completion/complete": ["CompleteResult"],
    "subscriptions/listen": ["SubscriptionsListenResult"],
}


class WireSchema:
    """The schema of one version; without its file, nothing is checked, and `is_there` says so."""

    def __init__(self, version):
        path = FOLDER / f"{version}.json"
        self.is_there, self.checked, self.known = path.exists(), 0, {}
        if self.is_there:
            self.document = json.loads(path.read_text())
            self.key = "$defs" if "$defs" in self.document else "definitions"

    def faults(self, message, method):
        """What is wrong with a message; `method` is that of the request that a response answers."""
        if not self.is_there:
            return []
        self.checked += 1
        if not isinstance(message, dict):
            return [f"no JSON-RPC message: {message}"]
        faults = self.against(["JSONRPCMessage"], message)
        if "method" in message:
            is_request = "id" in message
            if is_request and "ServerRequest" not in self.document[self.key]:
                return faults + [f"a request to the client, {message['method']}, which this version has not"]
            faults += self.against(["ServerRequest" if is_request else "ServerNotification"], message)
        elif "result" in message:
            kind = message["result"].get("resultType")
            names = [name for name in RESULTS.get(method, ["Result"]) if name in self.document[self.key]]
            wanted = "InputRequiredResult" in names and kind == "input_required"
            faults += self.against(["InputRequiredResult"] if wanted else names[:1], message["result"])
            if self.is_modern and not isinstance(kind, str):
                faults.append("a result without a resultType")
        elif self.is_modern and not isinstance(message.get("id", ""), (str, int)):
            faults.append(f"an error whose id is {message.get('id')}")
        return [f"wire-schema-valid: {method}: {fault}" for fault in faults]

    @property
    def is_modern(self):
        return "InputRequiredResult" in self.document[self.key]

    def against(self, names, value):
        """The deepest fault against the first of these definitions; none when it is valid."""
        name = names[0]
        if name not in self.known:
            schema = {**{key: self.document[key] for key in ("$schema", self.key)}, "$ref": f"#/{self.key}/{name}"}
            self.known[name] = validators.validator_for(schema)(schema)
        worst = max(self.known[name].iter_errors(value), key=lambda fault: len(fault.absolute_path), default=None)
        return [] if worst is None else [f"{name}, at {list(worst.absolute_path)}: {worst.message[:200]}"]
