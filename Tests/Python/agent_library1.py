"""agent_library.py for the first major version of the official client, which knows no modern era and parses URIs as URLs.

  agent_library1.py URL     the key comes from MCP_GATEWAY_KEY
"""

import asyncio
import json
import sys

from agent1 import connected
from mcp.types import PromptReference


async def visit(url):
    async with connected(url) as (client, begun):
        resources = (await client.list_resources()).resources
        got = await client.get_prompt("hand___greet", {"who": "Ada"})
        completed = await client.complete(
            PromptReference(type="ref/prompt", name="mcp___test_prompt_with_arguments"),
            {"name": "arg1", "value": "par"},
        )
        return {
            "capabilities": sorted(key for key, value in begun.capabilities.model_dump().items() if value),
            "prompts": [prompt.name for prompt in (await client.list_prompts()).prompts],
            "templates": [each.uriTemplate for each in (await client.list_resource_templates()).resourceTemplates],
            "resources": [str(resource.uri) for resource in resources],
            "got": got.messages[0].content.text,
            "completed": completed.completion.values,
            "read": {str(each.uri): await read(client, each.uri) for each in resources},
        }


async def read(client, uri):
    content = (await client.read_resource(uri)).contents[0]
    return [str(content.uri), getattr(content, "text", None) or len(content.blob)]


print(json.dumps(asyncio.run(visit(sys.argv[1]))))
