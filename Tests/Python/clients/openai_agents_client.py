import visit
from agents.mcp import MCPServerStreamableHttp


async def go(url, headers):
    async with MCPServerStreamableHttp(name="gateway", params={"url": url, "headers": headers}) as gateway:
        return {
            "tools": [tool.name for tool in await gateway.list_tools()],
            "call": (await gateway.call_tool(visit.TOOL, {})).content[0].text,
            "prompt": (await gateway.get_prompt(visit.PROMPT, visit.ARGUMENTS)).messages[0].content.text,
            "resource": (await gateway.read_resource(visit.RESOURCE)).contents[0].text,
        }


visit.main("openai-agents", go)
