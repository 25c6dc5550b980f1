"""A web application behind Mangum, which expects an HTTP event of one of its kinds."""

from mangum import Mangum


async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"Hello"})


handler = Mangum(application, lifespan="off")
