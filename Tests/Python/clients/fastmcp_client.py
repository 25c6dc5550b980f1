import visit
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport


async def go(url, headers):
    async with Client(StreamableHttpTransport(url, headers=headers)) as client:
        return {
            "tools": [tool.name for tool in await client.list_tools()],
            "call": (await client.call_tool(visit.TOOL, {})).content[0].text,
            "prompt": (await client.get_prompt(visit.PROMPT, visit.ARGUMENTS)).messages[0].content.text,
            "resource": (await client.read_resource(visit.RESOURCE))[0].text,
        }


visit.main("fastmcp", go)
