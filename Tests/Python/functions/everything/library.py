"""Prompts, resources, templates and completions."""

import base64

import contents
import state
from mcp import types
from mcp.shared.exceptions import MCPError
from registry import DYNAMIC_PROMPT, prompt, text

def user(content):
    return types.PromptMessage(role="user", content=content)


@prompt("test_simple_prompt", "A prompt without arguments.")
async def simple_prompt(ctx, params, arguments):
    return "This is a simple prompt for testing."


@prompt("test_prompt_with_arguments", "A prompt with two arguments.", "arg1", "arg2")
async def prompt_with_arguments(ctx, params, arguments):
    return f"Prompt with arguments: arg1='{arguments['arg1']}', arg2='{arguments['arg2']}'"


@prompt("test_prompt_with_embedded_resource", "A prompt that holds a resource.", "resourceUri")
async def prompt_with_embedded_resource(ctx, params, arguments):
    embedded = contents.embedded(arguments["resourceUri"], "Embedded resource content for testing.")
    return [user(embedded), user(text("Please process the embedded resource above."))]


@prompt("test_prompt_with_image", "A prompt that holds an image.")
async def prompt_with_image(ctx, params, arguments):
    return [user(contents.image), user(text("Please analyze the image above."))]


@prompt(DYNAMIC_PROMPT, "Comes and goes.")
async def dynamic_prompt(ctx, params, arguments):
    return "here"


def resources():
    names = {"test://static-text": "text/plain", "test://static-binary": "image/png", "test://watched-resource": "text/plain"}
    return [
        types.Resource(uri=uri, name=uri.removeprefix("test://"), description="A resource.", mime_type=mime_type)
        for uri, mime_type in names.items()
    ]


def templates():
    template = "test://template/{id}/data"
    return [types.ResourceTemplate(uri_template=template, name="template", mime_type="application/json")]


async def read(ctx, params):
    uri = str(params.uri)
    if uri == "test://static-text":
        return text_of(uri, "This is the content of the static text resource.")
    if uri == "test://watched-resource":
        return text_of(uri, state.read("watched", "This is the content of the watched resource."))
    if uri == "test://static-binary":
        blob = base64.b64encode(base64.b64decode(contents.PIXEL)).decode()
        contents_ = types.BlobResourceContents(uri=uri, mime_type="image/png", blob=blob)
        return types.ReadResourceResult(contents=[contents_], ttl_ms=1000)
    if uri.startswith("test://template/") and uri.endswith("/data"):
        number = uri.removeprefix("test://template/").removesuffix("/data")
        return text_of(uri, f'{{"id":"{number}","templateTest":true}}', "application/json")
    raise MCPError(types.INVALID_PARAMS, f"Resource not found: {uri}", {"uri": uri})


def text_of(uri, words, mime_type="text/plain"):
    return types.ReadResourceResult(
        contents=[types.TextResourceContents(uri=uri, mime_type=mime_type, text=words)], ttl_ms=1000
    )


async def complete(ctx, params):
    words = ["testing", "test", "paris", "park", "party"] if params.argument.name == "arg1" else ["one", "two", "three"]
    values = [word for word in words if word.startswith(params.argument.value)]
    return types.CompleteResult(completion=types.Completion(values=values, total=len(values), has_more=False))
