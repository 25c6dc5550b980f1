"""agent_input.py for the first major version of the official client, which knows no modern era.

  agent_input1.py URL [--action accept|decline|cancel] [--refuse]     the key comes from MCP_GATEWAY_KEY
"""

import argparse
import asyncio
import json

from agent1 import connected
from agent_answers import VALUES, asked, roots, sample
from mcp.types import ElicitResult, ErrorData

TOOLS = ["elicitation", "sampling", "list_roots", "request_state", "multiple_inputs", "multi_round", "capabilities"]


def callbacks(options):
    async def elicit(context, params):
        asked.append(params.mode)
        if options.refuse:
            return ErrorData(code=-1, message="not now")
        if options.action != "accept" or params.mode == "url":
            return ElicitResult(action=options.action)
        return ElicitResult(action="accept", content={name: VALUES[name] for name in params.requestedSchema["properties"]})

    return {"elicitation_callback": elicit, "sampling_callback": sample, "list_roots_callback": roots}


async def visit(options):
    async with connected(options.url, **callbacks(options)) as (client, _):
        if options.refuse or options.action != "accept":
            return {"page": await text(client, "input___test_url_elicitation"), "asked": asked}
        seen = {tool: await text(client, f"input___test_input_required_result_{tool}") for tool in TOOLS}
        seen["page"] = await text(client, "input___test_url_elicitation")
        prompt = await client.get_prompt("input___test_input_required_result_prompt")
        seen["prompt"] = prompt.messages[0].content.text
        return {"seen": seen, "asked": asked}


async def text(client, tool):
    result = await client.call_tool(tool, {})
    return ("error: " if result.isError else "") + result.content[0].text


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--action", default="accept")
    parser.add_argument("--refuse", action="store_true")
    print(json.dumps(asyncio.run(visit(parser.parse_args()))))
