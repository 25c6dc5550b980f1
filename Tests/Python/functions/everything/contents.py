"""Tools that answer with each kind of content, and with a failure."""

from mcp import types
from registry import text, tool

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SOUND = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="

image = types.ImageContent(type="image", data=PIXEL, mime_type="image/png")


def embedded(uri, words, mime_type="text/plain"):
    contents = types.TextResourceContents(uri=uri, mime_type=mime_type, text=words)
    return types.EmbeddedResource(type="resource", resource=contents)


@tool("test_simple_text", "One text.")
async def simple_text(ctx, params, arguments):
    return "This is a simple text response for testing."


@tool("test_image_content", "One image.")
async def image_content(ctx, params, arguments):
    return [image]


@tool("test_audio_content", "One sound.")
async def audio_content(ctx, params, arguments):
    return [types.AudioContent(type="audio", data=SOUND, mime_type="audio/wav")]


@tool("test_embedded_resource", "A resource inside the answer.")
async def embedded_resource(ctx, params, arguments):
    return [embedded("test://embedded-resource", "This is an embedded resource content.")]


@tool("test_multiple_content_types", "A text, an image and a resource.")
async def multiple_content_types(ctx, params, arguments):
    mixed = embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
    return [text("Multiple content types test:"), image, mixed]


@tool("test_resource_link", "A link to a resource of this server.")
async def resource_link(ctx, params, arguments):
    return [types.ResourceLink(type="resource_link", name="static-text", uri="test://static-text")]


@tool("test_error_handling", "A failure of the tool.")
async def error_handling(ctx, params, arguments):
    return types.CallToolResult(content=[text("This tool intentionally returns an error for testing")], is_error=True)
