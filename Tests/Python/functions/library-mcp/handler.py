"""An MCP server in the official SDK with prompts, resources, templates and completions, behind HTTP events, as Mangum hands
them on. Its names are those of the official conformance suite.
"""

import asyncio
import base64

from mangum import Mangum

try:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.prompts.base import UserMessage
    from mcp.types import Completion, EmbeddedResource, ImageContent, TextResourceContents
except ImportError:  # the first major version
    from mcp.server.fastmcp import FastMCP as MCPServer
    from mcp.server.fastmcp.prompts.base import UserMessage
    from mcp.types import Completion, EmbeddedResource, ImageContent, TextResourceContents

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
INSTRUCTIONS = "Read test://static-text first."


def make():
    try:
        server = MCPServer("library", instructions=INSTRUCTIONS, stateless_http=True, json_response=True)
        return server, server.streamable_http_app
    except TypeError:  # since the second major version, the application has these settings
        server = MCPServer("library", instructions=INSTRUCTIONS)
        return server, lambda: server.streamable_http_app(stateless_http=True, json_response=True)


server, make_application = make()


@server.tool()
def test_simple_text() -> str:
    """One text."""
    return "This is a simple text response for testing."


@server.prompt()
def test_simple_prompt() -> str:
    """A prompt without arguments."""
    return "This is a simple prompt for testing."


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt with two arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    """A prompt that holds a resource."""
    text = TextResourceContents(uri=resourceUri, text="Embedded resource content for testing.")
    return [UserMessage(EmbeddedResource(type="resource", resource=text)), UserMessage("Process it.")]


@server.prompt()
def test_prompt_with_image() -> list[UserMessage]:
    """A prompt that holds an image."""
    try:
        image = ImageContent(type="image", data=PIXEL, mime_type="image/png")
    except Exception:  # the first major version
        image = ImageContent(type="image", data=PIXEL, mimeType="image/png")
    return [UserMessage(image), UserMessage("Analyze it.")]


@server.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    """A text."""
    return "This is the content of the static text resource."


@server.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    """An image."""
    return base64.b64decode(PIXEL)


@server.resource("test://template/{id}/data", mime_type="application/json")
def template_data(id: str) -> str:
    """One of many."""
    return f'{{"id":"{id}"}}'


@server.completion()
async def complete(ref, argument, context):
    words = ["paris", "park", "party"] if argument.name == "arg1" else ["one", "two"]
    return Completion(values=[word for word in words if word.startswith(argument.value)])


application = make_application()
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
life = server.session_manager.run()
loop.run_until_complete(life.__aenter__())
handler = Mangum(application, lifespan="off")
