"""An MCP server of the contract jsonrpc for measurements: it streams progress that says when it was written.

The tool `tell` sends `count` notifications of about `bytes` bytes each, `pause` seconds apart, then its result.
"""

import json
import time

TOOLS = [{"name": "tell", "inputSchema": {"type": "object"}}]


def handler(event, context, write):
    if event["method"] == "tools/list":
        return write(answer(event, {"tools": TOOLS}))
    params = event["params"]
    wanted = params.get("arguments", {})
    token = params.get("_meta", {}).get("progressToken")
    filler = "x" * max(0, wanted.get("bytes", 0) - 160)
    for step in range(wanted.get("count", 1)):
        told = {"progressToken": token, "progress": step + 1, "message": f"{time.time_ns()} {filler}"}
        write(json.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": told}).encode() + b"\n")
        if wanted.get("pause"):
            time.sleep(wanted["pause"])
    write(answer(event, {"content": [{"type": "text", "text": "told"}]}))


def answer(event, result):
    return json.dumps({"jsonrpc": "2.0", "id": event["id"], "result": result}).encode() + b"\n"
