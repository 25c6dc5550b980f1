"""The server in each contract that can stream, on a runtime client of its own: AWS's for Python has no streamed answers.

_HANDLER says which: `jsonrpc` writes each message on a line of its own, as it comes; `http` writes the answer of the server's web
application, behind a head as Lambda's HTTP integrations have it.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

import asyncio
import base64
import http.client
import json
import os

from direct import answer
from server import server

HOST = os.environ["AWS_LAMBDA_RUNTIME_API"]
INVOCATIONS = "/2018-06-01/runtime/invocation"


class Body:
    """The body of one answer, sent in chunks."""

    def __init__(self, invocation, kind):
        self.connection = http.client.HTTPConnection(HOST)
        self.connection.putrequest("POST", f"{INVOCATIONS}/{invocation}/response")
        self.connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
        self.connection.putheader("Transfer-Encoding", "chunked")
        self.connection.putheader("Content-Type", kind)
        self.connection.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
        self.connection.endheaders()

    def write(self, data):
        if data:
            self.connection.send(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self, fault=None):
        trailers = ""
        if fault is not None:
            report = {"errorType": type(fault).__name__, "errorMessage": str(fault)}
            encoded = base64.b64encode(json.dumps(report).encode()).decode()
            trailers = f"Lambda-Runtime-Function-Error-Type: {report['errorType']}\r\n"
            trailers += f"Lambda-Runtime-Function-Error-Body: {encoded}\r\n"
        self.connection.send(f"0\r\n{trailers}\r\n".encode())
        self.connection.getresponse().read()
        self.connection.close()


async def jsonrpc(event, invocation):
    body = Body(invocation, "application/octet-stream")
    try:
        line = lambda message: body.write(json.dumps(message).encode() + b"\n")  # noqa: E731
        line(await answer(event, line))
        body.end()
    except Exception as fault:
        body.end(fault)


async def web(event, invocation):
    """The application's answer to the event of a function URL: a head in JSON, eight zero bytes, the body as it comes."""
    data = event.get("body") or ""
    data = base64.b64decode(data) if event.get("isBase64Encoded") else data.encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "https", "query_string": b"",
        "method": event["requestContext"]["http"]["method"], "path": event["rawPath"], "raw_path": event["rawPath"].encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in event["headers"].items()],
        "client": ("127.0.0.1", 1), "server": ("localhost", 8080), "root_path": "",
    }  # fmt: skip
    body = Body(invocation, "application/vnd.awslambda.http-integration-response")
    received = [{"type": "http.request", "body": data, "more_body": False}]

    async def receive():
        if received:
            return received.pop()
        return await asyncio.Future()  # the caller's end can't be seen from here

    async def send(message):
        if message["type"] == "http.response.start":
            headers = {name.decode(): value.decode() for name, value in message["headers"]}
            body.write(json.dumps({"statusCode": message["status"], "headers": headers}).encode() + bytes(8))
        else:
            body.write(message.get("body", b""))

    try:
        await application(scope, receive, send)
        body.end()
    except Exception as fault:
        body.end(fault)


def next_event(connection):
    connection.request("GET", f"{INVOCATIONS}/next")
    response = connection.getresponse()
    return json.loads(response.read()), response.getheader("Lambda-Runtime-Aws-Request-Id")


async def main():
    handle = {"jsonrpc": jsonrpc, "http": web}[os.environ["_HANDLER"]]
    connection = http.client.HTTPConnection(HOST)
    async with server.session_manager.run():
        while True:
            # In a thread, so that what the application still does goes on meanwhile.
            event, invocation = await asyncio.to_thread(next_event, connection)
            await handle(event, invocation)


application = server.streamable_http_app(stateless_http=True, json_response=False)

if __name__ == "__main__":
    asyncio.run(main())
