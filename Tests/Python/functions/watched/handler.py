"""A resource whose text is that of the file PAGE, and one that nobody should see, over JSON-RPC."""

import os
from pathlib import Path

RESOURCES = [{"uri": "watched://page", "name": "a page"}, {"uri": "watched://secret", "name": "a secret"}]
TOOLS = [{"name": "look", "description": "Looks", "inputSchema": {"type": "object"}}]


def handler(event, context):
    method, params = event["method"], event.get("params") or {}
    match method:
        case "tools/list":
            result = {"tools": TOOLS}
        case "resources/list":
            result = {"resources": RESOURCES}
        case "resources/templates/list":
            result = {"resourceTemplates": []}
        case "resources/read":
            text = Path(os.environ["PAGE"]).read_text(encoding="utf-8")
            result = {"contents": [{"uri": params["uri"], "text": text}]}
        case _:
            return {"jsonrpc": "2.0", "id": event["id"], "error": {"code": -32601, "message": f"unknown: {method}"}}
    return {"jsonrpc": "2.0", "id": event["id"], "result": result}
