"""Tools that tell something before they answer: progress, log messages, changes of the lists."""

import asyncio

import state
from mcp import types
from registry import DYNAMIC, strings, tool

STEP_S = 0.02


@tool("test_tool_with_progress", "Tells its progress three times.")
async def with_progress(ctx, params, arguments):
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"Completed step {done} of 100")
        await asyncio.sleep(STEP_S)
    return "Tool with progress executed."


@tool("test_tool_with_logging", "Writes three log messages.")
async def with_logging(ctx, params, arguments):
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await log(ctx, "info", words)
        await asyncio.sleep(STEP_S)
    return "Tool with logging executed."


@tool("test_logging_tool", "Writes log messages of each level, for those who asked for them.")
async def logging_tool(ctx, params, arguments):
    for level in ("debug", "info", "warning", "error"):
        await log(ctx, level, f"A message of level {level}")
    return "Messages of four levels were written."


@tool("test_reconnection", "Takes long enough for a stream to be closed and resumed.")
async def reconnection(ctx, params, arguments):
    await log(ctx, "info", "Reconnection test started")
    for done in range(1, 4):
        await asyncio.sleep(STEP_S * 5)
        await ctx.session.report_progress(done, 3)
    return "Reconnection test completed."


@tool("test_slow", "Waits for as many seconds as it is told, with progress every 50 ms.", {"type": "object"})
async def slow(ctx, params, arguments):
    loop = asyncio.get_running_loop()
    end = loop.time() + min(float(arguments.get("seconds", 1)), 15)
    steps = 0
    while loop.time() < end:
        await asyncio.sleep(0.05)
        steps += 1
        await ctx.session.report_progress(steps)
    return f"{steps} steps"


@tool("test_meeting", "Tells its progress, then waits for test_change_resource with the same text.", strings("text"))
async def meeting(ctx, params, arguments):
    await ctx.session.report_progress(1)
    for _ in range(500):
        if state.read("watched", "") == arguments["text"]:
            return "met"
        await asyncio.sleep(0.01)
    return "nobody came"


@tool("test_echo_progress", "Says its text twenty times as progress, then as its answer.", strings("text"))
async def echo_progress(ctx, params, arguments):
    for step in range(20):
        await ctx.session.report_progress(step, None, arguments["text"])
        await asyncio.sleep(0.005)
    return arguments["text"]


@tool("test_trigger_tool_change", "Adds a tool to the list, or takes it away again, and says so.")
async def trigger_tool_change(ctx, params, arguments):
    state.flip("tools")
    await changed(ctx, types.ToolListChangedNotification())
    return "The list of tools has changed."


@tool("test_trigger_prompt_change", "Adds a prompt to the list, or takes it away again, and says so.")
async def trigger_prompt_change(ctx, params, arguments):
    state.flip("prompts")
    await changed(ctx, types.PromptListChangedNotification())
    return "The list of prompts has changed."


@tool("test_change_resource", "Changes the text of test://watched-resource.", strings("text"))
async def change_resource(ctx, params, arguments):
    state.write("watched", arguments["text"])
    return "The resource has changed."


@tool(DYNAMIC, "Comes and goes.")
async def dynamic_tool(ctx, params, arguments):
    return "here"


async def log(ctx, level, words):
    await ctx.session.send_log_message(level, words, "everything", ctx.request_id)


async def changed(ctx, notification):
    """On the request's own stream: a function has no other."""
    await ctx.session.send_notification(notification, ctx.request_id)
