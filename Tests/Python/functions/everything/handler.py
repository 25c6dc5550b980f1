"""The server in each contract, answering in one piece, on AWS's runtime client."""

import json

import application
from direct import answer
from mangum import Mangum

loop, web = application.start(json_response=True)
http = Mangum(web, lifespan="off")


def jsonrpc(event, context):
    return loop.run_until_complete(answer(event))


def wrapper(event, context):
    """`mcp-wrapper`: method and params, and the result in the body."""
    reply = loop.run_until_complete(answer({"id": 1, **event}))
    if "error" in reply:
        return {"statusCode": 500, "body": json.dumps({"error": reply["error"]["message"]})}
    return {"statusCode": 200, "body": json.dumps(reply["result"])}
