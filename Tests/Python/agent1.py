"""The first major version of the official client, connected: what the agents that play it share."""

import os
from contextlib import asynccontextmanager

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


@asynccontextmanager
async def connected(url, **callbacks):
    """The client and what it was told at `initialize`. The key comes from MCP_GATEWAY_KEY."""
    headers = {"Authorization": f"Bearer {os.environ['MCP_GATEWAY_KEY']}"}
    async with streamablehttp_client(url, headers=headers) as (reading, writing, _):
        async with ClientSession(reading, writing, **callbacks) as client:
            yield client, await client.initialize()
