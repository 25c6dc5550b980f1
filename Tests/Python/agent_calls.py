"""The official Python client as an agent that calls several tools: agent_calls.py URL ERA, with the key in MCP_GATEWAY_KEY.

Reads [[tool, arguments], …] from stdin. Prints one JSON line: {"protocolVersion", "tools": {name: description},
"results": [{"text", "structuredContent", "isError"} or {"raised"}]}.
"""

import argparse
import asyncio
import json
import sys

from agent import MODES, all_tools, connected


async def visit(options, calls):
    async with connected(options.url, options.era) as client:
        tools = await all_tools(client)
        return {
            "protocolVersion": client.protocol_version,
            "tools": {tool.name: tool.description for tool in tools},
            "results": [await call(client, tool, arguments) for tool, arguments in calls],
        }


async def call(client, tool, arguments):
    """What became of one call; the client itself checks structured content against the tool's outputSchema."""
    try:
        result = await client.call_tool(tool, arguments)
    except Exception as error:  # the test decides what a client may raise
        return {"raised": f"{type(error).__name__}: {error}"}
    text = "\n".join(block.text for block in result.content if block.type == "text")
    return {"text": text, "structuredContent": result.structured_content, "isError": bool(result.is_error)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("era", choices=MODES)
    print(json.dumps(asyncio.run(visit(parser.parse_args(), json.load(sys.stdin)))))
