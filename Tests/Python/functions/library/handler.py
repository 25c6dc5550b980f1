"""Prompts, resources and completions by hand: `{"method", "params"}` in, `{"statusCode", "body"}` out; or JSON-RPC in and out.

It has the URI of a resource in common with library-mcp, so that a gateway has to tell them apart.
"""

import json

TOOLS = [{"name": "link", "description": "Links to a resource", "inputSchema": {"type": "object"}}]
PROMPTS = [{"name": "greet", "title": "Greeting", "arguments": [{"name": "who", "required": True}]}]
RESOURCES = [
    {"uri": "test://static-text", "name": "the other text"},
    {"uri": "hand://made", "name": "made by hand", "mimeType": "text/plain"},
]
TEMPLATES = [{"uriTemplate": "hand://item/{id}", "name": "items"}]


def handler(event, context):
    try:
        result = answer(event["method"], event.get("params") or {})
    except KeyError as error:
        return failure(event, -32601 if error.args[0] == event["method"] else -32602, f"unknown: {error.args[0]}")
    if "jsonrpc" in event:
        return {"jsonrpc": "2.0", "id": event["id"], "result": result}
    return {"statusCode": 200, "body": json.dumps(result)}


def failure(event, code, message):
    if "jsonrpc" in event:
        return {"jsonrpc": "2.0", "id": event["id"], "error": {"code": code, "message": message}}
    return {"statusCode": 404 if code == -32601 else 400, "body": json.dumps({"error": message})}


def answer(method, params):
    match method:
        case "tools/list":
            return {"tools": TOOLS}
        case "tools/call":
            return {"content": [{"type": "resource_link", "uri": "test://static-text", "name": "the other text"}]}
        case "prompts/list":
            return {"prompts": PROMPTS}
        case "prompts/get":
            text = f"Greet {params['arguments']['who']}."
            return {"messages": [{"role": "user", "content": {"type": "text", "text": text}}]}
        case "resources/list":
            return {"resources": RESOURCES}
        case "resources/templates/list":
            return {"resourceTemplates": TEMPLATES}
        case "resources/read":
            return {"contents": [{"uri": params["uri"], "text": f"by hand: {params['uri']}"}]}
    raise KeyError(method)
