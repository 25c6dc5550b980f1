import visit
from langchain_mcp_adapters.client import MultiServerMCPClient


async def go(url, headers):
    client = MultiServerMCPClient({"gateway": {"transport": "streamable_http", "url": url, "headers": headers}})
    tools = {tool.name: tool for tool in await client.get_tools()}
    prompt = await client.get_prompt("gateway", visit.PROMPT, arguments=visit.ARGUMENTS)
    resources = await client.get_resources("gateway", uris=visit.RESOURCE)
    called = await tools[visit.TOOL].ainvoke({})
    text = called if isinstance(called, str) else called[0]["text"]
    return {"tools": list(tools), "call": text, "prompt": prompt[0].content, "resource": resources[0].as_string()}


visit.main("langchain-mcp-adapters", go)
