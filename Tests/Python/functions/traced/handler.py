"""The `jsonrpc` contract; its tool `seen` answers with all that the function is told of the trace of its call."""

import os

TOOLS = [
    {"name": "seen", "description": "What it is told of traces", "inputSchema": {"type": "object"}},
    {"name": "fail", "description": "An exception", "inputSchema": {"type": "object"}},
]


def handler(event, context):
    if event["method"] == "tools/list":
        return reply(event, {"tools": TOOLS})
    if event["params"]["name"] == "fail":
        raise ValueError("as it was told")
    meta = event["params"].get("_meta") or {}
    seen = {
        "xray": os.environ.get("_X_AMZN_TRACE_ID", ""),
        "meta": {name: text for name, text in meta.items() if name in ("traceparent", "tracestate", "baggage")},
        "w3c": dict(context.w3c() or {}),
    }
    return reply(event, {"content": [{"type": "text", "text": str(seen)}], "structuredContent": seen})


def reply(event, result):
    return {"jsonrpc": "2.0", "id": event["id"], "result": result}
