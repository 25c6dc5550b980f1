"""An MCP server in the official SDK, of either major version, behind HTTP events.

WAY is how the events reach it: `mangum`, or `server`, which hands them on to a web server in the same process as Lambda Web
Adapter does. STATELESS and JSON are the SDK's own settings, 1 or 0.
"""

import asyncio
import http.client
import json
import os
import socket
import threading

from mangum import Mangum

try:
    from mcp.server.mcpserver import Context, MCPServer
except ImportError:  # the SDK's first major version
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as MCPServer

STATELESS = os.environ["STATELESS"] == "1"
JSON = os.environ["JSON"] == "1"


def make():
    try:
        server = MCPServer("sums", stateless_http=STATELESS, json_response=JSON)
        return server, server.streamable_http_app
    except TypeError:  # in the second major version these are settings of the application
        server = MCPServer("sums")
        return server, lambda: server.streamable_http_app(stateless_http=STATELESS, json_response=JSON)


server, make_application = make()


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


@server.tool()
def fail() -> str:
    """A failure inside the tool."""
    raise ValueError("the tool says no")


@server.tool()
async def slowly(ctx: Context) -> str:
    """Tells its progress before it answers."""
    await ctx.report_progress(1, 2)
    await ctx.report_progress(2, 2)
    return "done"


@server.tool()
def session(ctx: Context) -> str:
    """The session of the request."""
    return ctx.request_context.request.headers.get("mcp-session-id", "none")


@server.tool()
def forget() -> str:
    """Ends all sessions, as a new execution environment would, once this is answered."""
    server.forgets = True
    return "forgotten"


server.forgets = False
application = make_application()


class Mangums:
    """Mangum on one event loop, on which the application stays started between events."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.life = server.session_manager.run()
        self.loop.run_until_complete(self.life.__aenter__())
        self.handle = Mangum(application, lifespan="off")


class WebServer:
    """The application in a web server, to which events go as HTTP requests."""

    def __init__(self):
        import uvicorn

        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        web = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
        threading.Thread(target=web.run, args=([listener],), daemon=True).start()

    def handle(self, event, context):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(
            event["requestContext"]["http"]["method"], event["rawPath"], event["body"].encode(), event["headers"]
        )
        answer = connection.getresponse()
        body = answer.read().decode()
        return {"statusCode": answer.status, "headers": dict(answer.getheaders()), "body": body, "isBase64Encoded": False}


way = Mangums() if os.environ["WAY"] == "mangum" else WebServer()


def handler(event, context):
    answer = way.handle(event, context)
    if server.forgets:
        server.forgets = False
        server.session_manager._server_instances.clear()
    return answer
