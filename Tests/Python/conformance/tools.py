"""Lists and calls of tools: each kind of content, progress and log messages."""

import json
import re
import threading
import time

from caller import Caller
from scenario import STREAM, TOLD, TOOLS, V06, V07, V11, scenario

NAME = re.compile(r"[A-Za-z0-9_./-]{1,64}")
THREE = (V06, V11, V07)


@scenario("tools-list", *THREE, needs=TOOLS)
def tools_list(caller):
    caller.begin()
    tools = caller.listed("tools/list", "tools")
    for tool in tools:
        caller.check(NAME.fullmatch(tool["name"]), f"the name {tool['name']}")
        caller.check(tool.get("description"), f"{tool['name']} has no description")
        caller.check(tool.get("inputSchema", {}).get("type") == "object", f"{tool['name']} has no schema")
    caller.check("test_simple_text" in caller.mine(tools), "test_simple_text isn't listed")


def contents(caller, tool):
    caller.begin()
    answer = caller.call(tool)
    caller.need(answer.status == 200 and answer.result, f"{answer.status} {answer.error}")
    caller.check(not answer.result.get("isError"), f"isError: {answer.text}")
    return answer.result["content"]


@scenario("tools-call-simple-text", *THREE, needs=TOOLS)
def simple_text(caller):
    content = contents(caller, "test_simple_text")
    caller.check(content == [{"type": "text", "text": "This is a simple text response for testing."}], f"{content}")


@scenario("tools-call-image", *THREE, needs=TOOLS)
def image(caller):
    block = contents(caller, "test_image_content")[0]
    caller.check(block["type"] == "image" and block["mimeType"] == "image/png" and block["data"], f"{block}")


@scenario("tools-call-audio", *THREE, needs=TOOLS)
def audio(caller):
    block = contents(caller, "test_audio_content")[0]
    caller.check(block["type"] == "audio" and block["mimeType"] == "audio/wav" and block["data"], f"{block}")


@scenario("tools-call-embedded-resource", *THREE, needs=TOOLS)
def embedded_resource(caller):
    block = contents(caller, "test_embedded_resource")[0]
    caller.need(block["type"] == "resource", f"{block}")
    resource = block["resource"]
    caller.check(resource["uri"].endswith("test://embedded-resource") and resource["text"], f"{resource}")
    caller.check(resource["mimeType"] == "text/plain", f"{resource}")


@scenario("tools-call-mixed-content", *THREE, needs=TOOLS)
def mixed_content(caller):
    kinds = [block["type"] for block in contents(caller, "test_multiple_content_types")]
    caller.check(kinds == ["text", "image", "resource"], f"{kinds}")


@scenario("tools-call-error", *THREE, needs=TOOLS)
def error(caller):
    caller.begin()
    answer = caller.call("test_error_handling")
    caller.need(answer.result, f"a JSON-RPC error: {answer.error}")
    caller.check(answer.result.get("isError") is True, "no isError")
    caller.check("intentionally returns an error" in answer.text, f"{answer.text}")


@scenario("tools-call-with-logging", V06, V11, needs=TOLD)
def with_logging(caller):
    caller.begin()
    caller.check(caller.send("logging/setLevel", {"level": "debug"}).result == {}, "logging/setLevel is refused")
    answer = caller.call("test_tool_with_logging")
    caller.check(answer.text == "Tool with logging executed.", f"{answer.response}")
    messages = [params.get("data") for params in answer.told("notifications/message")]
    words = ["Tool execution started", "Tool processing data", "Tool execution completed"]
    caller.check(messages == words, f"log messages before the result: {messages}")
    caller.send("logging/setLevel", {"level": "error"})
    quiet = caller.call("test_tool_with_logging").told("notifications/message")
    caller.check(not quiet, f"log messages below the level: {quiet}")


@scenario("tools-call-with-progress", *THREE, needs=TOLD)
def with_progress(caller):
    for token in ("progress-test-1", 7):
        caller.begin()
        answer = caller.call("test_tool_with_progress", meta={"progressToken": token})
        caller.check(answer.text == "Tool with progress executed.", f"{answer.response}")
        told = answer.told("notifications/progress")
        caller.check(len(told) >= 3, f"{len(told)} notifications of progress")
        caller.check(all(params["progressToken"] == token for params in told), f"not with the token {token!r}: {told}")
        values = [params["progress"] for params in told]
        caller.check(values == sorted(set(values)), f"progress doesn't increase: {values}")
        caller.check("method" not in (answer.messages or [{}])[-1], "the result isn't the last message")
    silent = caller.call("test_tool_with_progress").told("notifications/progress")
    caller.check(not silent, f"progress that nobody asked for: {silent}")


@scenario("notifications-while-running", *THREE, needs=STREAM, scored=())
def while_running(caller):
    """Not of the suite: what a function tells is there while it runs. The tool ends when its progress was answered."""
    caller.begin()
    text = f"a meeting of {caller.version}, {time.time_ns()}"
    params = {"name": caller.name("test_meeting"), "arguments": {"text": text}}
    reply = caller.post(caller.message("tools/call", params, meta={"progressToken": "p"}))
    caller.need(reply.is_stream, f"the call isn't answered with a stream: {reply.status}")
    texts = []
    for event in reply.events():
        message = json.loads(event["data"] or "{}")
        if message.get("method") == "notifications/progress":
            caller.call("test_change_resource", {"text": text})
        elif "result" in message:
            texts.append(message["result"]["content"][0]["text"])
    caller.check(texts == ["met"], f"the progress came too late: {texts}")


@scenario("notifications-of-two-callers", *THREE, needs=TOLD, scored=())
def two_callers(caller):
    """Not of the suite: two callers of one tool at once, with the same request id and one token, hear each their own."""
    others = [Caller(caller.url, caller.key, caller.target, caller.version) for _ in range(2)]
    answers = {}

    def call(place, each):
        each.begin()
        text = f"caller {place} of {caller.version}"
        meta = {"progressToken": "the same"}
        answers[place] = each.call("test_echo_progress", {"text": text}, meta=meta, id=4711)

    threads = [threading.Thread(target=call, args=pair) for pair in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place, each in enumerate(others):
        caller.failures += each.failures
        caller.need(place in answers and answers[place].result, f"caller {place}: {answers.get(place)}")
        text = f"caller {place} of {caller.version}"
        told = [params.get("message") for params in answers[place].told("notifications/progress")]
        caller.check(told == [text] * 20 and answers[place].text == text, f"caller {place}: {told} {answers[place].text}")


@scenario("json-schema-2020-12", V11, V07, needs=TOOLS, scored=())
def json_schema(caller):
    caller.begin()
    tool = caller.mine(caller.listed("tools/list", "tools")).get("json_schema_2020_12_tool")
    caller.need(tool, "the tool isn't listed")
    schema = tool["inputSchema"]
    caller.check(schema.get("$schema") == "https://json-schema.org/draft/2020-12/schema", "$schema is lost")
    caller.check(schema.get("$defs", {}).get("address", {}).get("$anchor") == "addressDef", "$anchor is lost")
    for word in ("allOf", "if", "then", "else", "additionalProperties"):
        caller.check(word in schema, f"{word} is lost")
    caller.check("anyOf" in schema.get("allOf", [{}])[0], "anyOf is lost")
