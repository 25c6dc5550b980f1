"""The server as a web application, started once on an event loop that runs while an event is handled."""

import asyncio

from server import server


def start(json_response):
    """The loop and the application; it answers in one piece, or with a stream of events."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    application = server.streamable_http_app(stateless_http=True, json_response=json_response)
    start.life = server.session_manager.run()  # kept: it ends when nobody has it any more
    loop.run_until_complete(start.life.__aenter__())
    return loop, application
