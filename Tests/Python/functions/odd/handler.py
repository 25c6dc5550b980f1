"""A function that answers exactly what it is told to, byte by byte: every odd form that others were seen to send."""

import json

TOOLS = [
    {
        "name": "answer",
        "description": "Answers with the text of `payload`, as it is",
        "inputSchema": {"type": "object", "properties": {"payload": {"type": "string"}}, "required": ["payload"]},
    },
    {
        "name": "raise",
        "description": "Raises a KeyError",
        "inputSchema": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
    },
]


def handler(event, context):
    if event.get("method") == "tools/list":
        return {"statusCode": 200, "body": json.dumps({"tools": TOOLS})}
    arguments = event["params"]["arguments"]
    if event["params"]["name"] == "raise":
        return {}[arguments["key"]]
    # The runtime sends bytes as they are.
    return arguments["payload"].encode()
