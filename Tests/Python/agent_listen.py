"""An agent that waits for changes, played by the official Python client: agent_listen.py URL --era modern|legacy.

The key comes from MCP_GATEWAY_KEY. One JSON line for each thing that happens:

  {"event": "open", "tools": [names]}     the stream is open; the tools as they are then
  {"event": "changed", "tools": [names]}  the gateway said that they have changed; the tools as they are now
  {"event": "ended"}                      the gateway ended the stream gracefully (modern only), and so ends the agent

Exit status 1 when the stream was lost, with the reason on stderr.
"""

import argparse
import asyncio
import json

import httpx2
import mcp_types
from agent import MODES, VERSIONS, Disappointed, all_tools, connected, play


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="the gateway's endpoint, for example http://127.0.0.1:3000/mcp")
    parser.add_argument("--era", choices=MODES, required=True)
    options = parser.parse_args()
    play(options.era, wait(options))


async def wait(options):
    changes = asyncio.Queue()

    async def heard(message):
        if isinstance(message, mcp_types.ToolListChangedNotification):
            await changes.put(message)

    forever = httpx2.Timeout(60, read=None)
    async with connected(options.url, options.era, timeout=forever, message_handler=heard) as client:
        if client.protocol_version != VERSIONS[options.era]:
            raise Disappointed(f"connected with {client.protocol_version}, not {VERSIONS[options.era]}")
        if not client.server_capabilities.tools.list_changed:
            raise Disappointed("the gateway does not say that it tells of changes")
        if options.era == "modern":
            async with client.listen(tools_list_changed=True, prompts_list_changed=True) as subscription:
                honored = subscription.honored.model_dump(by_alias=True, exclude_none=True)
                if honored != {"toolsListChanged": True, "promptsListChanged": True}:
                    raise Disappointed(f"the gateway honours {honored}")
                await tell("open", client)
                async for _ in subscription:
                    await tell("changed", client)
            print(json.dumps({"event": "ended"}), flush=True)
        else:
            await tell("open", client)
            while True:
                await changes.get()
                await tell("changed", client)


async def tell(event, client):
    names = [tool.name for tool in await all_tools(client)]
    print(json.dumps({"event": event, "tools": names}), flush=True)


if __name__ == "__main__":
    main()
