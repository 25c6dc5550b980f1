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
        "description": "Raises an exception: without a kind, a KeyError of that key",
        "inputSchema": {
            "type": "object",
            "properties": {"key": {"type": "string"}, "kind": {"type": "string"}},
            "required": ["key"],
        },
    },
]


class Inner:
    """A namespace, so that an exception's class has a qualified name."""

    class OutOfStock(Exception):
        pass


def fail(key, kind):
    match kind:
        case None:
            return {}[key]
        case "empty":
            raise Inner.OutOfStock
        case "custom":
            raise Inner.OutOfStock(key)
        case "nested":
            raise json.JSONDecodeError(key, "{}", 0)
        case "quoted":
            raise ValueError(repr(key))
        case "chained":
            try:
                return {}[key]
            except KeyError as error:
                raise RuntimeError from error


def handler(event, context):
    if event.get("method") == "tools/list":
        return {"statusCode": 200, "body": json.dumps({"tools": TOOLS})}
    arguments = event["params"]["arguments"]
    if event["params"]["name"] == "raise":
        return fail(arguments["key"], arguments.get("kind"))
    # The runtime sends bytes unchanged.
    return arguments["payload"].encode()
