"""An agent, played by the official Python client, that answers what tools ask for: prints one JSON line.

  agent_input.py URL [--target NAME] [--era modern|pinned|legacy] [--only sampling|…]     the key comes from MCP_GATEWAY_KEY

The line has the text that each tool ended with, how many rounds were answered, and the text of the prompt.
"""

import argparse
import asyncio
import json

from agent import MODES, connected
from agent_answers import VALUES, asked, roots, sample
from mcp.types import ElicitResult

TOOLS = ["elicitation", "sampling", "list_roots", "request_state", "multiple_inputs", "multi_round", "tampered_state"]


async def elicit(context, params):
    asked.append(params.mode)
    if params.mode == "url":
        return ElicitResult(action="accept")
    return ElicitResult(action="accept", content={name: VALUES[name] for name in params.requested_schema["properties"]})


async def visit(options):
    callbacks = {"elicitation_callback": elicit, "sampling_callback": sample, "list_roots_callback": roots}
    if options.only:
        callbacks = {name: callbacks[name] for name in callbacks if name.startswith(options.only)}
    seen, prefix = {}, f"{options.target}___"
    async with connected(options.url, options.era, **callbacks) as client:
        for tool in TOOLS + ["capabilities"]:
            seen[tool] = await text(client, f"{prefix}test_input_required_result_{tool}")
        seen["page"] = await text(client, f"{prefix}test_url_elicitation")
        seen["missing"] = await text(client, f"{prefix}test_missing_capability")
        try:
            prompt = await client.get_prompt(f"{prefix}test_input_required_result_prompt")
            seen["prompt"] = prompt.messages[0].content.text
        except Exception as error:
            seen["prompt"] = f"{getattr(error, 'code', None) or error.error.code} {error}"
    return {"seen": seen, "asked": asked}


async def text(client, tool):
    try:
        result = await client.call_tool(tool, {})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ("error: " if result.is_error else "") + result.content[0].text


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--target", default="input")
    parser.add_argument("--era", choices=MODES, default="pinned")
    parser.add_argument("--only", default="")
    print(json.dumps(asyncio.run(visit(parser.parse_args()))))
