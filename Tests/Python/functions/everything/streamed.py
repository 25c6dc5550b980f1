"""The server in each contract that can stream, on the runtime client of functions/streaming.

`jsonrpc` writes each message on a line of its own, as it comes; `http` the answer of the web application, as it comes.
"""

import asyncio
import base64
import json

import application
from direct import answer

loop, web = application.start(json_response=False)


def jsonrpc(event, context, write):
    def line(message):
        write(json.dumps(message).encode() + b"\n")

    line(loop.run_until_complete(answer(event, line)))


def http(event, context, write):
    """The event of a function URL, or of a REST API. Source: ASGI specification 3.0, HTTP connection scope"""
    data = event.get("body") or ""
    received = [base64.b64decode(data) if event.get("isBase64Encoded") else data.encode()]
    path = event.get("rawPath") or event["path"]
    method = event.get("httpMethod") or event["requestContext"]["http"]["method"]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "https", "root_path": "",
        "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in event["headers"].items()],
        "client": ("127.0.0.1", 1), "server": ("localhost", 8080),
    }  # fmt: skip

    async def receive():
        if received:
            return {"type": "http.request", "body": received.pop(), "more_body": False}
        return await asyncio.Future()  # that the caller is gone can't be seen from here

    async def send(message):
        if message["type"] == "http.response.start":
            write.http(message["status"], {name.decode(): value.decode() for name, value in message["headers"]})
        else:
            write(message.get("body", b""))

    loop.run_until_complete(web(scope, receive, send))
