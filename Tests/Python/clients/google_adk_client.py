from unittest.mock import MagicMock

import visit
from google.adk.tools.mcp_tool import McpToolset, StreamableHTTPConnectionParams
from google.adk.tools.tool_context import ToolContext


async def go(url, headers):
    gateway = McpToolset(connection_params=StreamableHTTPConnectionParams(url=url, headers=headers))
    tools = {tool.name: tool for tool in await gateway.get_tools()}
    # A tool runs inside an agent's turn; without an agent, a stand-in for that turn is enough.
    called = await tools[visit.TOOL].run_async(args={}, tool_context=MagicMock(spec=ToolContext))
    resource = (await gateway.read_resource("static-text"))[0].text
    await gateway.close()
    return {"tools": list(tools), "call": called["content"][0]["text"], "resource": resource}


visit.main("google-adk", go, prompt="its toolset has tools and resources alone")
