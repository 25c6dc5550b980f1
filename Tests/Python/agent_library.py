"""An agent, played by the official Python client: lists prompts and resources, gets, reads, completes; prints one JSON line.

  agent_library.py URL --era modern|legacy     the key comes from MCP_GATEWAY_KEY

The line has what the client made of each answer. Exit status 1 when an answer isn't what the client takes.
"""

import argparse
import asyncio
import json

from agent import MODES, connected
from mcp.types import PromptReference, ResourceTemplateReference


async def visit(options):
    async with connected(options.url, options.era) as client:
        capabilities = client.server_capabilities
        prompts = (await client.list_prompts()).prompts
        resources = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates
        got = await client.get_prompt("mcp___test_prompt_with_arguments", {"arg1": "a", "arg2": "b"})
        image = await client.get_prompt("mcp___test_prompt_with_image")
        embedded = await client.get_prompt(
            "mcp___test_prompt_with_embedded_resource", {"resourceUri": "test://static-text"}
        )
        completed = await client.complete(
            PromptReference(type="ref/prompt", name="mcp___test_prompt_with_arguments"),
            {"name": "arg1", "value": "par"},
        )
        of_template = await client.complete(
            ResourceTemplateReference(type="ref/resource", uri="mcp-gateway://mcp/test://template/{id}/data"),
            {"name": "id", "value": "t"},
        )
        link = await client.call_tool("hand___link", {})
        return {
            "capabilities": sorted(key for key, value in capabilities.model_dump().items() if value is not None),
            "instructions": client.instructions,
            "prompts": [prompt.name for prompt in prompts],
            "arguments": [argument.name for prompt in prompts for argument in prompt.arguments or []],
            "resources": [str(resource.uri) for resource in resources],
            "templates": [template.uri_template for template in templates],
            "got": got.messages[0].content.text,
            "image": image.messages[0].content.mime_type,
            "embedded": str(embedded.messages[0].content.resource.uri),
            "completed": completed.completion.values,
            "ofTemplate": of_template.completion.values,
            "link": str(link.content[0].uri),
            "read": {str(resource.uri): await read(client, resource.uri) for resource in resources},
            "instance": await read(client, "mcp-gateway://mcp/test://template/7/data"),
            "byHand": await read(client, "mcp-gateway://hand/hand://item/9"),
            "unknown": await error(client.read_resource("test://nothing")),
            "unknownPrompt": await error(client.get_prompt("mcp___nothing")),
        }


async def read(client, uri):
    content = (await client.read_resource(str(uri))).contents[0]
    return [str(content.uri), getattr(content, "text", None) or len(content.blob)]


async def error(awaitable):
    try:
        await awaitable
    except Exception as error:
        return str(error)
    return "no error"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--era", choices=MODES, required=True)
    print(json.dumps(asyncio.run(visit(parser.parse_args()))))
