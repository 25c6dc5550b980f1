"""awslabs.lambda-tool-mcp-server as an agent's host runs it: over standard input and output, finding functions by itself.

  lambda_tool_client.py TOOL PARAMETERS

Where Lambda is, the credentials, and what functions it takes (FUNCTION_PREFIX and so on) come from the environment. Prints one JSON
line: {"tools": {name: description}, "text", "isError"}.
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


async def visit(tool, parameters):
    with tempfile.TemporaryDirectory() as folder:
        # The server needs a profile with a name.
        profile = Path(folder) / "credentials"
        names = ("aws_access_key_id", "aws_secret_access_key")
        profile.write_text("\n".join(["[default]", *(f"{name} = {os.environ[name.upper()]}" for name in names)]) + "\n")
        environment = {**os.environ, "AWS_SHARED_CREDENTIALS_FILE": str(profile), "AWS_PROFILE": "default"}
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "awslabs.lambda_tool_mcp_server.server"], env=environment
        )
        async with Client(stdio_client(server)) as client:
            listed = await client.list_tools()
            result = await client.call_tool(tool, {"parameters": json.loads(parameters)})
            return {
                "tools": {tool.name: tool.description for tool in listed.tools},
                "text": result.content[0].text,
                "isError": bool(result.is_error),
            }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(visit(*sys.argv[1:]))))
