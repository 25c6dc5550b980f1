"""An agent that waits for changes, played by the official Python client: agent_listen.py URL --era modern|legacy.

The key comes from MCP_GATEWAY_KEY. One JSON line for each thing that happens:

  {"event": "open", "tools": [names], "prompts": [names], "resources": [URIs]}    the stream is open; the lists as they are then
  {"event": "changed", "prompts": [names]}    the gateway said that this list has changed; the list as it is now
  {"event": "ended"}                          the gateway ended the stream gracefully (modern only), and so ends the agent

Exit status 1 when the stream was lost, with the reason on stderr.
"""

import argparse
import asyncio
import json

import httpx2
import mcp_types
from agent import MODES, VERSIONS, Disappointed, all_tools, connected, play
from mcp.client.subscriptions import PromptsListChanged, ResourcesListChanged, ToolsListChanged

KINDS = {
    mcp_types.ToolListChangedNotification: "tools",
    mcp_types.PromptListChangedNotification: "prompts",
    mcp_types.ResourceListChangedNotification: "resources",
    ToolsListChanged: "tools",
    PromptsListChanged: "prompts",
    ResourcesListChanged: "resources",
}
HONORED = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="the gateway's endpoint, for example http://127.0.0.1:3000/mcp")
    parser.add_argument("--era", choices=MODES, required=True)
    options = parser.parse_args()
    play(options.era, wait(options))


async def wait(options):
    changes = asyncio.Queue()

    async def heard(message):
        if type(message) in KINDS:
            await changes.put(message)

    forever = httpx2.Timeout(60, read=None)
    async with connected(options.url, options.era, timeout=forever, message_handler=heard) as client:
        if client.protocol_version != VERSIONS[options.era]:
            raise Disappointed(f"connected with {client.protocol_version}, not {VERSIONS[options.era]}")
        for kind in ("tools", "prompts", "resources"):
            if not getattr(client.server_capabilities, kind).list_changed:
                raise Disappointed(f"the gateway does not say that it tells of changed {kind}")
        if options.era == "modern":
            await listen(client)
        else:
            await opened(client)
            while True:
                await changed(client, await changes.get())


async def listen(client):
    kinds = {"tools_list_changed": True, "prompts_list_changed": True, "resources_list_changed": True}
    async with client.listen(**kinds) as subscription:
        honored = subscription.honored.model_dump(by_alias=True, exclude_none=True)
        if honored != HONORED:
            raise Disappointed(f"the gateway honours {honored}")
        await opened(client)
        async for event in subscription:
            await changed(client, event)
    say("ended")


async def opened(client):
    say("open", **{kind: await names(client, kind) for kind in ("tools", "prompts", "resources")})


async def changed(client, message):
    kind = KINDS[type(message)]
    say("changed", **{kind: await names(client, kind)})


async def names(client, kind):
    if kind == "tools":
        return [tool.name for tool in await all_tools(client)]
    if kind == "prompts":
        return [prompt.name for prompt in (await client.list_prompts()).prompts]
    return [str(resource.uri) for resource in (await client.list_resources()).resources]


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


if __name__ == "__main__":
    main()
