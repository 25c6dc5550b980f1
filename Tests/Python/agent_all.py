"""An agent, played by the official Python client, that calls every tool once with {"n": 1}.

  agent_all.py URL --era modern|legacy [--key-file FILE]

Prints one JSON line: {"tools": [names], "answers": {name: structured content}}. Exit status 1 when a call fails.
"""

import argparse
import asyncio
import json

from agent import MODES, all_tools, connected, key_of


async def visit(options):
    async with connected(options.url, options.era, key=key_of(options)) as client:
        answers = {}
        tools = await all_tools(client)
        for tool in tools:
            result = await client.call_tool(tool.name, {"n": 1})
            if result.is_error:
                raise SystemExit(f"{tool.name}: {result.content}")
            answers[tool.name] = result.structured_content
        return {"tools": [tool.name for tool in tools], "answers": answers}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("key", nargs="?")
    parser.add_argument("--key-file")
    parser.add_argument("--era", choices=MODES, required=True)
    print(json.dumps(asyncio.run(visit(parser.parse_args()))))
