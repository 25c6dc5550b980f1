"""Tools whose schemas say more than the usual: all of JSON Schema 2020-12, headers for arguments, structured answers."""

from mcp import types
from registry import text, tool, tools

EVERYTHING = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}, {"required": ["name"]}, {"maxProperties": 0}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": []},
    "additionalProperties": False,
}

REGION = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "priority": {"type": "integer", "x-mcp-header": "Priority"},
        "query": {"type": "string"},
    },
}

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "number"}},
    "required": ["city", "degrees"],
}


@tool("json_schema_2020_12_tool", "Takes arguments with a schema of many words.", EVERYTHING)
async def json_schema(ctx, params, arguments):
    return f"JSON Schema 2020-12 tool called with: {sorted(arguments)}"


@tool("test_x_mcp_header", "Has arguments that headers repeat.", REGION)
async def x_mcp_header(ctx, params, arguments):
    return f"region={arguments.get('region')} priority={arguments.get('priority')}"


@tool("test_structured_content", "A structured answer.", {"type": "object", "properties": {"city": {"type": "string"}}})
async def structured_content(ctx, params, arguments):
    weather = {"city": arguments.get("city", "Oslo"), "degrees": 4.5}
    return types.CallToolResult(content=[text("4.5 °C")], structured_content=weather)


tools["test_structured_content"].definition.output_schema = WEATHER
