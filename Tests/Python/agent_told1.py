"""agent_told.py and agent_input.py for the first major version of the official client. Prints one JSON line.

  agent_told1.py URL --target NAME     the key comes from MCP_GATEWAY_KEY
"""

import argparse
import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from agent1 import connected
from agent_answers import asked, roots
from cutting_proxy import CuttingProxy
from mcp import McpError, types

logs = []


async def logged(params):
    logs.append([params.level, params.data])


async def elicit(context, params):
    asked.append("elicitation")
    return types.ElicitResult(action="accept", content={"username": "ada", "email": "ada@example.com"})


async def sample(context, params):
    asked.append("sampling")
    text = f"you said: {params.messages[0].content.text}"
    return types.CreateMessageResult(role="assistant", model="m", content=types.TextContent(type="text", text=text))


CALLBACKS = {
    "logging_callback": logged,
    "elicitation_callback": elicit,
    "sampling_callback": sample,
    "list_roots_callback": roots,
}


@asynccontextmanager
async def listening(url):
    async with connected(url, **CALLBACKS) as (client, _):
        await client.set_logging_level("info")
        yield client


async def visit(options):
    seen, prefix = {}, f"{options.target}___"
    async with listening(options.url) as client:
        seen["progress"] = await progress(client, prefix + "test_tool_with_progress")
        await client.call_tool(prefix + "test_tool_with_logging", {})
        seen["logs"] = list(logs)
        seen["sampling"] = await text(client, prefix + "test_sampling", prompt="Hi")
        seen["elicitation"] = await text(client, prefix + "test_elicitation", message="Who?")
        seen["roots"] = await text(client, prefix + "test_input_required_result_list_roots")
        seen["asked"] = list(asked)
        seen["givenUp"] = await give_up(client, prefix + "test_slow")
        seen["after"] = await text(client, prefix + "test_simple_text")
    place = urlsplit(options.url)
    async with CuttingProxy(place.hostname, place.port, b"notifications/progress") as proxy:
        async with listening(f"http://127.0.0.1:{proxy.own_port}/mcp") as client:
            seen["resumed"] = await progress(client, prefix + "test_reconnection")
            seen["cuts"] = proxy.cuts
            seen["lastEventID"] = any("last-event-id" in head for head in proxy.heads)
    return seen


async def text(client, tool, **arguments):
    try:
        result = await client.call_tool(tool, arguments)
    except McpError as error:
        return f"{type(error).__name__}: {error}"
    return ("error: " if result.isError else "") + result.content[0].text


async def progress(client, tool):
    told = []

    async def heard(progress, total, message):
        told.append(int(progress))

    try:
        # The first major version waits for ever for an answer whose stream has ended.
        async with asyncio.timeout(5):
            result = await client.call_tool(tool, {}, progress_callback=heard)
    except Exception as error:
        return [*told, type(error).__name__]
    return [*told, result.content[0].text]


async def give_up(client, tool):
    try:
        return (await client.call_tool(tool, {"seconds": 1}, timedelta(seconds=0.3))).content[0].text
    except Exception as error:
        return type(error).__name__


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--target", required=True)
    print(json.dumps(asyncio.run(visit(parser.parse_args()))))
