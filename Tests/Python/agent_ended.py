"""Sessions that end, as the official Python client sees them in the legacy era.

  agent_ended.py URL     the key comes from MCP_GATEWAY_KEY

The line: {"told": what the client says of a request in a session that somebody ended, "again": whether it can begin anew,
"afterClose": the status of a request with the id of a session that the client has closed}
"""

import asyncio
import json
import os
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

HEADERS = {"Authorization": f"Bearer {os.environ['MCP_GATEWAY_KEY']}"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def visit(url):
    seen = []

    async def note(response):
        if session := response.headers.get("mcp-session-id"):
            seen.append(session)

    async with httpx2.AsyncClient(headers=HEADERS, event_hooks={"response": [note]}) as http:

        async with Client(streamable_http_client(url, http_client=http), mode="legacy", cache=None) as client:
            await client.list_tools()
            status = (await http.delete(url, headers={"Mcp-Session-Id": seen[-1]})).status_code
            try:
                told = f"listed {len((await client.list_tools()).tools)} tools"
            except Exception as error:
                told = str(error)
        async with Client(streamable_http_client(url, http_client=http), mode="legacy", cache=None) as client:
            again = len((await client.list_tools()).tools) > 0
        accepts = {"Accept": "application/json, text/event-stream", "Mcp-Session-Id": seen[-1]}
        after = await http.post(url, headers=accepts, json=PING)
        return {
            "delete": status,
            "told": told,
            "again": again,
            "isNew": len(set(seen)) > 1,
            "afterClose": after.status_code,
        }


print(json.dumps(asyncio.run(visit(sys.argv[1]))))
