"""The server behind HTTP events, whose answer is a stream of events in one piece: what it tells, then the result."""

import application
from mangum import Mangum

loop, web = application.start(json_response=False)
http = Mangum(web, lifespan="off")
