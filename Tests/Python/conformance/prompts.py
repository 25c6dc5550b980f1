"""Prompts and completions."""

from scenario import MESSAGES, V06, V07, V11, scenario

THREE = (V06, V11, V07)


def messages(caller, prompt, arguments=None):
    caller.begin()
    answer = caller.send("prompts/get", {"name": caller.name(prompt), "arguments": arguments or {}})
    caller.need(answer.status == 200 and answer.result, f"{answer.status} {answer.error}")
    return [message["content"] for message in answer.result["messages"]]


@scenario("prompts-list", *THREE, needs=MESSAGES)
def prompts_list(caller):
    caller.begin()
    prompts = caller.mine(caller.listed("prompts/list", "prompts"))
    caller.need("test_prompt_with_arguments" in prompts, f"listed: {sorted(prompts)}")
    arguments = [argument["name"] for argument in prompts["test_prompt_with_arguments"]["arguments"]]
    caller.check(arguments == ["arg1", "arg2"], f"arguments {arguments}")
    for name in ("test_simple_prompt", "test_prompt_with_embedded_resource", "test_prompt_with_image"):
        caller.check(prompts.get(name, {}).get("description"), f"{name} has no description")


@scenario("prompts-get-simple", *THREE, needs=MESSAGES)
def simple(caller):
    content = messages(caller, "test_simple_prompt")
    caller.check(content == [{"type": "text", "text": "This is a simple prompt for testing."}], f"{content}")


@scenario("prompts-get-with-args", *THREE, needs=MESSAGES)
def with_arguments(caller):
    content = messages(caller, "test_prompt_with_arguments", {"arg1": "hello", "arg2": "wörld"})
    caller.check(content[0].get("text") == "Prompt with arguments: arg1='hello', arg2='wörld'", f"{content}")


@scenario("prompts-get-embedded-resource", *THREE, needs=MESSAGES)
def embedded_resource(caller):
    content = messages(caller, "test_prompt_with_embedded_resource", {"resourceUri": "test://example-resource"})
    caller.need(content[0]["type"] == "resource", f"{content}")
    resource = content[0]["resource"]
    caller.check(resource["uri"].endswith("test://example-resource") and resource["text"], f"{resource}")


@scenario("prompts-get-with-image", *THREE, needs=MESSAGES)
def with_image(caller):
    content = messages(caller, "test_prompt_with_image")
    caller.check(content[0]["type"] == "image" and content[0]["mimeType"] == "image/png", f"{content}")


@scenario("completion-complete", *THREE, needs=MESSAGES)
def complete(caller):
    caller.begin()
    reference = {"type": "ref/prompt", "name": caller.name("test_prompt_with_arguments")}
    answer = caller.send("completion/complete", {"ref": reference, "argument": {"name": "arg1", "value": "test"}})
    caller.need(answer.result, f"{answer.status} {answer.error}")
    values = answer.result["completion"]["values"]
    caller.check(sorted(values) == ["test", "testing"], f"{values}")
