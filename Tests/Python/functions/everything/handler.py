"""The server in each contract that answers in one piece, on AWS's runtime client."""

import asyncio
import json

from direct import answer
from mangum import Mangum
from server import server

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
application = server.streamable_http_app(stateless_http=True, json_response=True)
life = server.session_manager.run()
loop.run_until_complete(life.__aenter__())

http = Mangum(application, lifespan="off")


def jsonrpc(event, context):
    return loop.run_until_complete(answer(event))


def wrapper(event, context):
    """`mcp-wrapper`: method and params, and the result in the body."""
    reply = loop.run_until_complete(answer({"id": 1, **event}))
    if "error" in reply:
        return {"statusCode": 500, "body": json.dumps({"error": reply["error"]["message"]})}
    return {"statusCode": 200, "body": json.dumps(reply["result"])}
