"""An agent that watches a resource, played by the official Python client: agent_watch.py URL --era modern|legacy.

The key comes from MCP_GATEWAY_KEY. One JSON line for each thing that happens:

  {"event": "open", "honored": [URIs]}          the client listens; the URIs that it will be told of
  {"event": "updated", "uri": URI, "text": TEXT}   the gateway said that the resource has changed; its text now
  {"event": "ended"}                            the gateway ended the stream gracefully (modern only), and so ends the agent
"""

import argparse
import asyncio
import json

import httpx2
import mcp_types
from agent import MODES, Disappointed, connected, play
from mcp import MCPError

PAGE, SECRET = "watched://page", "watched://secret"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="the gateway's endpoint, for example http://127.0.0.1:3000/mcp")
    parser.add_argument("--era", choices=MODES, required=True)
    options = parser.parse_args()
    play(options.era, watch(options))


async def watch(options):
    updates = asyncio.Queue()

    async def heard(message):
        if isinstance(message, mcp_types.ResourceUpdatedNotification):
            await updates.put(message.params.uri)

    forever = httpx2.Timeout(60, read=None)
    async with connected(options.url, options.era, timeout=forever, message_handler=heard) as client:
        if not client.server_capabilities.resources.subscribe:
            raise Disappointed("the gateway does not say that resources can be watched")
        if options.era == "modern":
            await listen(client)
        else:
            await subscribe(client, updates)


async def listen(client):
    async with client.listen(resource_subscriptions=[PAGE, SECRET]) as subscription:
        say("open", honored=subscription.honored.resource_subscriptions)
        async for event in subscription:
            await told(client, event.uri)
    say("ended")


async def subscribe(client, updates):
    await client.subscribe_resource(PAGE)
    try:
        await client.subscribe_resource(SECRET)
        raise Disappointed(f"{SECRET} can be watched")
    except MCPError as error:
        if error.error.code != -32002:
            raise
    await client.unsubscribe_resource(SECRET)
    say("open", honored=[PAGE])
    while True:
        await told(client, await updates.get())


async def told(client, uri):
    say("updated", uri=uri, text=(await client.read_resource(uri)).contents[0].text)


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


if __name__ == "__main__":
    main()
