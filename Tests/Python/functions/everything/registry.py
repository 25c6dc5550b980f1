"""The tools and prompts of the server, each entered by the decorator above its function."""

from dataclasses import dataclass
from typing import Any, Awaitable, Callable

from mcp import types

# A tool and a prompt that are listed at times.
DYNAMIC, DYNAMIC_PROMPT = "test_dynamic_tool", "test_dynamic_prompt"
EMPTY = {"type": "object", "properties": {}}


@dataclass
class Entry:
    definition: Any
    function: Callable[..., Awaitable[Any]]


tools: dict[str, Entry] = {}
prompts: dict[str, Entry] = {}


def tool(name, description, schema=EMPTY):
    """Enters `async function(ctx, params, arguments)`, which answers a text, blocks of content, or a result."""

    def enter(function):
        tools[name] = Entry(types.Tool(name=name, description=description, input_schema=schema), function)
        return function

    return enter


def prompt(name, description, *arguments):
    """Enters `async function(ctx, params, arguments)`, which answers a text, messages, or a result."""

    def enter(function):
        takes = [types.PromptArgument(name=name, required=True) for name in arguments]
        definition = types.Prompt(name=name, description=description, arguments=takes or None)
        prompts[name] = Entry(definition, function)
        return function

    return enter


def text(value):
    return types.TextContent(type="text", text=value)


def strings(*names, **more):
    """The schema of an object whose members are texts, all of them required."""
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names), **more}
