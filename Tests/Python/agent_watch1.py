"""agent_watch.py for the first major version of the official client, which knows no modern era.

  agent_watch1.py URL     the key comes from MCP_GATEWAY_KEY
"""

import asyncio
import json
import sys

from agent1 import connected
from mcp.shared.exceptions import McpError
from mcp.types import ResourceUpdatedNotification, ServerNotification

PAGE, SECRET = "watched://page", "watched://secret"


async def watch(url):
    updates = asyncio.Queue()

    async def heard(message):
        if isinstance(message, ServerNotification) and isinstance(message.root, ResourceUpdatedNotification):
            await updates.put(message.root.params.uri)

    async with connected(url, message_handler=heard) as (client, begun):
        assert begun.capabilities.resources.subscribe, "the gateway does not say that resources can be watched"
        await client.subscribe_resource(PAGE)
        try:
            await client.subscribe_resource(SECRET)
            sys.exit(f"{SECRET} can be watched")
        except McpError as error:
            assert error.error.code == -32002, error
        await client.unsubscribe_resource(SECRET)
        say("open", honored=[PAGE])
        while True:
            uri = await updates.get()
            content = (await client.read_resource(uri)).contents[0]
            say("updated", uri=str(uri), text=content.text)


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


asyncio.run(watch(sys.argv[1]))
