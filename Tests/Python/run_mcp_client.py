"""The Lambda client of run-mcp-servers-with-aws-lambda: an MCP session whose messages are invocations of a function.

  run_mcp_client.py FUNCTION TOOL ARGUMENTS

Needs .venv-mcp1. Where Lambda is and the credentials come from the environment, as for every AWS SDK. Prints one JSON line: {"version",
"tools", "text", "isError", "unknown"}, the last what comes of a tool that there isn't.
"""

import asyncio
import json
import os
import sys

from mcp import ClientSession, McpError
from mcp_lambda import LambdaFunctionParameters, lambda_function_client


async def visit(function, tool, arguments):
    parameters = LambdaFunctionParameters(function_name=function, region_name=os.environ["AWS_REGION"])
    async with lambda_function_client(parameters) as (read, write), ClientSession(read, write) as session:
        greeting = await session.initialize()
        tools = await session.list_tools()
        result = await session.call_tool(tool, json.loads(arguments))
        try:
            unknown = (await session.call_tool("nosuch", {})).content[0].text
        except McpError as error:
            unknown = str(error)
        return {
            "version": greeting.protocolVersion,
            "tools": [tool.name for tool in tools.tools],
            "text": result.content[0].text,
            "isError": result.isError,
            "unknown": unknown,
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(visit(*sys.argv[1:]))))
