"""An agent, played by the official Python client, that is told things while its calls go on. Prints one JSON line.

  agent_told.py URL --target NAME --era modern|pinned|legacy     the key comes from MCP_GATEWAY_KEY

NAME serves functions/everything, streamed. The line has the progress and the log messages of calls, what a call that the client gave up
on became, and in the legacy era what the client got of a call whose connection was lost.
"""

import argparse
import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from agent import MODES, connected
from cutting_proxy import CuttingProxy


@asynccontextmanager
async def listening(url, options, logs):
    async def logged(params):
        logs.append([params.level, params.data])

    async with connected(url, options.era, logging_callback=logged, log_level="info") as client:
        if options.era == "legacy":
            await client.set_logging_level("info")
        yield client


async def visit(options):
    logs, seen = [], {}
    async with listening(options.url, options, logs) as client:
        seen["version"] = client.protocol_version
        seen["progress"] = await progress(client, f"{options.target}___test_tool_with_progress")
        await client.call_tool(f"{options.target}___test_tool_with_logging", {})
        seen["logs"] = list(logs)
        seen["givenUp"] = await give_up(client, f"{options.target}___test_slow")
        after = await client.call_tool(f"{options.target}___test_simple_text", {})
        seen["after"] = after.content[0].text
    if options.era == "legacy":
        place = urlsplit(options.url)
        async with CuttingProxy(place.hostname, place.port, b"notifications/progress") as proxy:
            async with listening(f"http://127.0.0.1:{proxy.own_port}/mcp", options, []) as client:
                seen["resumed"] = await progress(client, f"{options.target}___test_reconnection")
                seen["cuts"] = proxy.cuts
                seen["lastEventID"] = any("last-event-id" in head for head in proxy.heads)
    return seen


async def progress(client, tool):
    """The progress of a call as the callback got it, and the call's text at the end."""
    told = []

    async def heard(progress, total, message):
        told.append(int(progress))

    try:
        result = await client.call_tool(tool, {}, progress_callback=heard)
    except Exception as error:
        return [*told, type(error).__name__]
    return [*told, result.content[0].text]


async def give_up(client, tool):
    try:
        return (await client.call_tool(tool, {"seconds": 1}, read_timeout_seconds=0.3)).content[0].text
    except Exception as error:
        return type(error).__name__


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--target", required=True)
    parser.add_argument("--era", choices=MODES, required=True)
    print(json.dumps(asyncio.run(visit(parser.parse_args()))))
