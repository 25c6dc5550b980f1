"""agent_ended.py for the first major version of the official client.

  agent_ended1.py URL     the key comes from MCP_GATEWAY_KEY
"""

import asyncio
import json
import os
import sys

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

HEADERS = {"Authorization": f"Bearer {os.environ['MCP_GATEWAY_KEY']}"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def visit(url):
    async with httpx.AsyncClient(headers=HEADERS) as http:
        async with streamablehttp_client(url, headers=HEADERS) as (reading, writing, session):
            async with ClientSession(reading, writing) as client:
                await client.initialize()
                await client.list_tools()
                first = session()
                status = (await http.delete(url, headers={"Mcp-Session-Id": first})).status_code
                try:
                    told = f"listed {len((await client.list_tools()).tools)} tools"
                except Exception as error:
                    told = str(error)
        async with streamablehttp_client(url, headers=HEADERS) as (reading, writing, session):
            async with ClientSession(reading, writing) as client:
                await client.initialize()
                again = len((await client.list_tools()).tools) > 0
                second = session()
        accepts = {"Accept": "application/json, text/event-stream", "Mcp-Session-Id": second}
        after = await http.post(url, headers=accepts, json=PING)
        return {
            "delete": status,
            "told": told,
            "again": again,
            "isNew": first != second,
            "afterClose": after.status_code,
        }


print(json.dumps(asyncio.run(visit(sys.argv[1]))))
