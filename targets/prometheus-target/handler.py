"""The Prometheus MCP server as a Lambda function.

Asks the Prometheus at PROMETHEUS_URL, signing as the function's own role (Amazon Managed Service for Prometheus);
without that variable each tool wants a workspace_id.
"""

import asyncio
import json
import logging

from awslabs.prometheus_mcp_server.server import mcp as server
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.shared.exceptions import MCPError

# From here on every sample target is the same (Tests/Python/check_targets.py compares them).

loop = asyncio.new_event_loop()  # one for the life of the process: the runtime calls a handler that isn't async


class Caller(Context):
    """What a tool may ask of its caller. An Invoke has one answer and no stream, so messages go to the log."""

    async def log(self, level, data, *, logger_name=None):
        logging.info("%s: %s", level, data)

    async def report_progress(self, progress, total=None, message=None):
        pass


def handler(event, context):
    """`{"method", "params"}` in, `{"statusCode", "body"}` out; the body is the MCP result as JSON text."""
    if not isinstance(event, dict):
        return refuse("the event is not a JSON object")
    params = event.get("params") or {}
    match event.get("method"):
        case "tools/list":
            tools = loop.run_until_complete(server.list_tools())
            return answer({"tools": [plain(tool) for tool in tools]})
        case "tools/call":
            if not isinstance(params, dict) or not isinstance(params.get("name"), str):
                return refuse("tools/call needs params.name, a string")
            arguments = params.get("arguments") or {}
            if not isinstance(arguments, dict):
                return refuse("tools/call needs params.arguments to be an object")
            return answer(loop.run_until_complete(call(params["name"], arguments)))
        case method:
            return refuse(f"unknown method: {method!r}; this function knows tools/list and tools/call")


async def call(name, arguments):
    try:
        return plain(await server.call_tool(name, arguments, Caller(mcp_server=server)))
    except (ToolError, MCPError) as error:
        # The text is for the model. Of a crash it says no more than the tool's name; the cause is for the log.
        if isinstance(error, UnexpectedToolError):
            logging.error("tool %r crashed: %r", name, error.__cause__)
        return {"content": [{"type": "text", "text": str(error)}], "isError": True}


def plain(model):
    """An MCP type as JSON values, spelled as on the wire: `inputSchema`, and no nulls."""
    return model.model_dump(by_alias=True, exclude_none=True, mode="json")


def answer(result):
    return {"statusCode": 200, "body": json.dumps(result)}


def refuse(why):
    return {"statusCode": 400, "body": json.dumps({"error": why})}
