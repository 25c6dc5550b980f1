"""What every client here does with the gateway, and what must come of it.

A client's file has a function that returns {"tools": names, "call": text, "prompt": text, "resource": text}; a member that its
library has no way to is left out, and the reason stands in `lacks`.
"""

import asyncio
import importlib.metadata
import inspect
import json
import os
import sys

TOOL, CALLED = "everything___test_simple_text", "This is a simple text response for testing."
PROMPT, ARGUMENTS = "everything___test_prompt_with_arguments", {"arg1": "a", "arg2": "b"}
PROMPTED = "Prompt with arguments: arg1='a', arg2='b'"
RESOURCE, READ = "test://static-text", "This is the content of the static text resource."
RIGHT = {"call": CALLED, "prompt": PROMPTED, "resource": READ}


def main(package, visit, **lacks):
    """Runs the visit and prints one JSON line: the package's version, and for each step `ok` or what was wrong."""
    url, headers = sys.argv[1], {"Authorization": f"Bearer {os.environ['MCP_GATEWAY_KEY']}"}
    seen = visit(url, headers)
    if inspect.isawaitable(seen):
        seen = asyncio.run(seen)
    names = seen.pop("tools")
    has_all = TOOL in names and len(set(names)) == int(os.environ["TOOLS"])
    steps = {"list": "ok" if has_all else f"{len(names)} tools, not {os.environ['TOOLS']}"}
    for step, right in RIGHT.items():
        if step in lacks:
            steps[step] = f"not offered: {lacks[step]}"
        else:
            steps[step] = "ok" if seen.get(step) == right else f"got {seen.get(step)!r}"
    print(json.dumps({"package": package, "version": importlib.metadata.version(package), "steps": steps}))
