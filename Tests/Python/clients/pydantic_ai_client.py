import visit
from pydantic_ai.mcp import MCPToolset


async def go(url, headers):
    async with MCPToolset(url, headers=headers) as gateway:
        prompt = await gateway.get_prompt(visit.PROMPT, visit.ARGUMENTS)
        content = prompt.messages[0].content
        return {
            "tools": [tool.name for tool in await gateway.list_tools()],
            "call": await gateway.direct_call_tool(visit.TOOL, {}),
            "prompt": content if isinstance(content, str) else content.content,
            "resource": await gateway.read_resource(visit.RESOURCE),
        }


visit.main("pydantic-ai-slim", go)
