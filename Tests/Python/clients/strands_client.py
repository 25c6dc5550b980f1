import httpx2
import visit
from mcp.client.streamable_http import streamable_http_client
from strands.tools.mcp import MCPClient


def go(url, headers):
    def connect():
        return streamable_http_client(url, http_client=httpx2.AsyncClient(headers=headers, timeout=60))

    with MCPClient(connect) as gateway:
        tools, page = [], gateway.list_tools_sync()
        while True:
            tools += [tool.tool_name for tool in page]
            if page.pagination_token is None:
                break
            page = gateway.list_tools_sync(pagination_token=page.pagination_token)
        called = gateway.call_tool_sync(tool_use_id="1", name=visit.TOOL, arguments={})
        return {
            "tools": tools,
            "call": called["content"][0]["text"],
            "prompt": gateway.get_prompt_sync(visit.PROMPT, visit.ARGUMENTS).messages[0].content.text,
            "resource": gateway.read_resource_sync(visit.RESOURCE).contents[0].text,
        }


visit.main("strands-agents", go)
