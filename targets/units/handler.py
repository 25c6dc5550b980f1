"""Conversion of units over JSON-RPC: the event is the message, the answer too. Python's own library and nothing else."""

FACTORS = {
    "length": {"m": 1, "km": 1000, "mi": 1609.344, "ft": 0.3048},
    "mass": {"kg": 1, "g": 0.001, "lb": 0.45359237, "oz": 0.028349523125},
}
UNITS = {unit: kind for kind, units in FACTORS.items() for unit in units}
TOOLS = [
    {
        "name": "convert",
        "description": "Converts a length or a mass into another unit.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "value": {"type": "number"},
                "from": {"type": "string", "enum": sorted(UNITS)},
                "to": {"type": "string", "enum": sorted(UNITS)},
            },
            "required": ["value", "from", "to"],
        },
        "outputSchema": {"type": "object", "properties": {"value": {"type": "number"}}, "required": ["value"]},
        "annotations": {"readOnlyHint": True},
    }
]


def handler(message, context):
    match message["method"]:
        case "tools/list":
            return answer(message, {"tools": TOOLS})
        case "tools/call" if message["params"]["name"] == "convert":
            return answer(message, convert(message["params"]["arguments"]))
        case "tools/call":
            return refuse(message, -32602, f"Unknown tool: {message['params']['name']}")
        case method:
            return refuse(message, -32601, f"Method not found: {method}")


def convert(arguments):
    source, target = arguments["from"], arguments["to"]
    if UNITS.get(source) is None or UNITS.get(source) != UNITS.get(target):
        return {"content": [text(f"{source} can't be converted into {target}")], "isError": True}
    factors = FACTORS[UNITS[source]]
    value = arguments["value"] * factors[source] / factors[target]
    return {"content": [text(f"{value:g} {target}")], "structuredContent": {"value": value}}


def text(words):
    return {"type": "text", "text": words}


def answer(message, result):
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


def refuse(message, code, why):
    return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": why}}
