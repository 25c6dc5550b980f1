"""agent_listen.py for the first major version of the official client, which hears of changes on its GET stream.

  agent_listen1.py URL     the key comes from MCP_GATEWAY_KEY
"""

import asyncio
import json
import sys

from agent1 import connected
from mcp import types

KINDS = {
    types.ToolListChangedNotification: "tools",
    types.PromptListChangedNotification: "prompts",
    types.ResourceListChangedNotification: "resources",
}


async def wait(url):
    changes = asyncio.Queue()

    async def heard(message):
        if isinstance(message, types.ServerNotification) and type(message.root) in KINDS:
            await changes.put(KINDS[type(message.root)])

    async with connected(url, message_handler=heard) as (client, begun):
        for kind in KINDS.values():
            told = getattr(begun.capabilities, kind)
            assert told.listChanged, f"the gateway does not say that it tells of changed {kind}"
        say("open", **{kind: await names(client, kind) for kind in KINDS.values()})
        while True:
            kind = await changes.get()
            say("changed", **{kind: await names(client, kind)})


async def names(client, kind):
    if kind == "tools":
        return [tool.name for tool in (await client.list_tools()).tools]
    if kind == "prompts":
        return [prompt.name for prompt in (await client.list_prompts()).prompts]
    return [str(resource.uri) for resource in (await client.list_resources()).resources]


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


asyncio.run(wait(sys.argv[1]))
