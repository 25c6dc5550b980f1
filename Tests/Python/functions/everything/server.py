"""An MCP server in the official SDK with everything that MCP has. Its names are those of the official conformance suite."""

import warnings

import asking  # noqa: F401, enters its tools
import contents  # noqa: F401
import library
import schemas  # noqa: F401
import state
import telling  # noqa: F401
from mcp import types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from registry import DYNAMIC, DYNAMIC_PROMPT, prompts, text, tools

warnings.simplefilter("ignore", MCPDeprecationWarning)  # the newest version has log messages still
INSTRUCTIONS = "Call test_simple_text first."


def listed(entries, dynamic, name):
    is_there = state.is_set(name)
    return [entry.definition for key, entry in entries.items() if key != dynamic or is_there]


async def list_tools(ctx, params):
    return types.ListToolsResult(tools=listed(tools, DYNAMIC, "tools"), ttl_ms=1000)


async def call_tool(ctx, params):
    if params.name not in tools:
        raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
    answer = await tools[params.name].function(ctx, params, params.arguments or {})
    if isinstance(answer, str):
        answer = [text(answer)]
    return types.CallToolResult(content=answer) if isinstance(answer, list) else answer


async def list_prompts(ctx, params):
    return types.ListPromptsResult(prompts=listed(prompts, DYNAMIC_PROMPT, "prompts"), ttl_ms=1000)


async def get_prompt(ctx, params):
    if params.name not in prompts:
        raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}")
    answer = await prompts[params.name].function(ctx, params, params.arguments or {})
    if isinstance(answer, str):
        answer = [library.user(text(answer))]
    return types.GetPromptResult(messages=answer) if isinstance(answer, list) else answer


async def list_resources(ctx, params):
    return types.ListResourcesResult(resources=library.resources(), ttl_ms=1000)


async def list_templates(ctx, params):
    return types.ListResourceTemplatesResult(resource_templates=library.templates(), ttl_ms=1000)


server = Server(
    "everything",
    version="1",
    instructions=INSTRUCTIONS,
    on_list_tools=list_tools,
    on_call_tool=call_tool,
    on_list_prompts=list_prompts,
    on_get_prompt=get_prompt,
    on_list_resources=list_resources,
    on_list_resource_templates=list_templates,
    on_read_resource=library.read,
    on_completion=library.complete,
)
