"""An agent, played by the official Python client: lists tools, calls one, prints one JSON line.

  agent.py URL [KEY] --era modern|legacy [--key-file FILE] [--tool NAME] [--arguments JSON]

The key comes from KEY, from --key-file, or from MCP_GATEWAY_KEY. Exit status: 0 when the tool was listed and answered
without an error, and with structured content if it declares an outputSchema; 1 otherwise, with the reason on stderr.

The line: {"era", "protocolVersion", "server", "tools": [names], "tool", "structuredContent", "text", "isError"}
"""

import argparse
import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

MODES = {"modern": "auto", "pinned": "2026-07-28", "legacy": "legacy"}
VERSIONS = {"modern": "2026-07-28", "pinned": "2026-07-28", "legacy": "2025-11-25"}
ARGUMENTS = '{"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}'


class Disappointed(Exception):
    """What the agent got is not what it came for."""


def main(era=None):
    options = parse(era)
    play(options.era, visit(options))


def play(era, visit):
    """Runs the agent and prints what it returns. Its errors go to stderr, a line each, and end it with status 1."""
    try:
        result = asyncio.run(visit)
    except* (Exception,) as group:
        for error in leaves(group):
            print(f"{era} agent: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
    if result is not None:
        print(json.dumps(result))


@asynccontextmanager
async def connected(url, era, *, key=None, timeout=60, **more):
    """A connected client of that era; `more` are arguments of Client, such as callbacks. The key is that of the environment."""
    headers = {"Authorization": f"Bearer {key or os.environ['MCP_GATEWAY_KEY']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=timeout) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=MODES[era], cache=None, **more) as client:
            yield client


async def visit(options):
    async with connected(options.url, options.era, key=key_of(options), timeout=options.timeout) as client:
        if client.protocol_version != VERSIONS[options.era]:
            raise Disappointed(f"connected with {client.protocol_version}, not {VERSIONS[options.era]}")
        tools = await all_tools(client)
        tool = next((tool for tool in tools if tool.name == options.tool), None)
        if tool is None:
            raise Disappointed(f"{options.tool} is not among the {len(tools)} tools listed")
        result = await client.call_tool(options.tool, json.loads(options.arguments))
        text = " ".join(block.text for block in result.content if block.type == "text")
        if result.is_error:
            raise Disappointed(f"{options.tool} failed: {text}")
        if tool.output_schema and result.structured_content is None:
            raise Disappointed(f"{options.tool} declares an outputSchema and answered without structuredContent")
        return {
            "era": options.era,
            "protocolVersion": client.protocol_version,
            "server": client.server_info.name if client.server_info else None,
            "tools": [tool.name for tool in tools],
            "tool": options.tool,
            "structuredContent": result.structured_content,
            "text": text,
            "isError": bool(result.is_error),
        }


async def all_tools(client):
    tools, cursor = [], None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            return tools


def key_of(options):
    if options.key_file:
        return Path(options.key_file).read_text().strip()
    return options.key or os.environ["MCP_GATEWAY_KEY"]


def leaves(group):
    """The exceptions inside an exception group, without the groups."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def parse(era):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="the gateway's endpoint, for example http://127.0.0.1:3000/mcp")
    parser.add_argument("key", nargs="?")
    parser.add_argument("--key-file")
    parser.add_argument("--era", choices=MODES, default=era, required=era is None)
    parser.add_argument("--tool", default="time___convert_time")
    parser.add_argument("--arguments", default=ARGUMENTS)
    parser.add_argument("--timeout", type=float, default=60, help="seconds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
