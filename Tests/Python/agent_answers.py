"""What the agents of both major versions of the official client answer when they are asked."""

from mcp.types import CreateMessageResult, ListRootsResult, Root, TextContent

VALUES = {"name": "Ada", "color": "green", "ok": "yes", "context": "the gateway"}
asked = []


async def sample(context, params):
    asked.append("sampling")
    text = "Good day" if "Greet" in params.messages[0].content.text else "Paris"
    return CreateMessageResult(role="assistant", model="m", content=TextContent(type="text", text=text))


async def roots(context):
    asked.append("roots")
    return ListRootsResult(roots=[Root(uri="file:///home/ada"), Root(uri="file:///srv")])
