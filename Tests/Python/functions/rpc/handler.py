"""The `jsonrpc` contract as run-mcp-servers-with-aws-lambda speaks it: the event is a JSON-RPC message, and so is the answer.

Errors are flattened to code 400 or 500 as that adapter flattens them. What a gateway must not send
(initialize, ping, notifications) is remembered, and told by the tool `received`.
"""

seen = []

TOOLS = [
    {
        "name": "add",
        "description": "The sum of two numbers",
        "inputSchema": {
            "type": "object",
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
        },
        "outputSchema": {"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]},
    },
    {"name": "fail", "description": "A failure inside the tool", "inputSchema": {"type": "object"}},
    {"name": "break", "description": "A failure of the server behind the adapter", "inputSchema": {"type": "object"}},
    {"name": "received", "description": "The methods asked of this process so far", "inputSchema": {"type": "object"}},
]


def handler(event, context):
    seen.append(event.get("method"))
    if event.get("jsonrpc") != "2.0":
        why = "Request is neither a valid JSON-RPC request nor a valid JSON-RPC notification"
        return {"jsonrpc": "2.0", "id": 0, "error": {"code": 400, "message": why}}
    if "id" not in event:
        return {}
    if event["method"] == "tools/list":
        return reply(event, {"tools": TOOLS})
    if event["method"] == "tools/call":
        return call(event)
    return internal_failure(event)


def call(event):
    arguments = event["params"].get("arguments") or {}
    match event["params"]["name"]:
        case "add":
            total = arguments["a"] + arguments["b"]
            return reply(event, {"content": [text(str(total))], "structuredContent": {"sum": total}, "isError": False})
        case "fail":
            return reply(event, {"content": [text("the tool says no")], "isError": True})
        case "received":
            return reply(event, {"content": [text(" ".join(map(str, seen)))]})
    return internal_failure(event)


def reply(event, result):
    return {"jsonrpc": "2.0", "id": event["id"], "result": result}


def internal_failure(event):
    why = "Internal failure, please check Lambda function logs"
    return {"jsonrpc": "2.0", "id": event["id"], "error": {"code": 500, "message": why}}


def text(value):
    return {"type": "text", "text": value}
