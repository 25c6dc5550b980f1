"""HTTP and server-sent events, without a client library between the scenario and the bytes."""

import base64
import http.client
import json
from urllib.parse import urlsplit

TIMEOUT_S = 20
BOTH = "application/json, text/event-stream"


class Reply:
    """An answer whose head has come. `events` reads its stream as it comes; `body` reads all of it."""

    def __init__(self, connection, response):
        self.connection, self.response = connection, response
        self.status = response.status
        self.is_stream = (response.getheader("Content-Type") or "").startswith("text/event-stream")

    def header(self, name):
        return self.response.getheader(name)

    def body(self):
        data = self.response.read()
        self.close()
        return data

    def events(self):
        """Each event as {id, event, data, retry}, None where it lacks one; comments are left out."""
        event = {}
        while line := self.response.readline():
            line = line.decode().rstrip("\r\n")
            if not line:
                if event:
                    yield {key: event.get(key) for key in ("id", "event", "data", "retry")}
                event = {}
            elif not line.startswith(":"):
                key, _, value = line.partition(":")
                value = value.removeprefix(" ")
                event[key] = event[key] + "\n" + value if key == "data" and key in event else value
        self.close()

    def close(self):
        self.connection.close()


def send(url, method, headers, body=None, host=None):
    """One request on a connection of its own. `headers` is a list of pairs, so that names may repeat."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_S)
    connection.putrequest(method, place.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host or place.netloc)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    return Reply(connection, connection.getresponse())


def header_value(text):
    """The text as a header's value: as it is, or in Base64 where a header can't hold it. Source: SEP 2243."""
    is_plain = text.isascii() and text.isprintable() and text == text.strip() and not text.startswith("=?base64?")
    return text if is_plain else f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def parse(data):
    try:
        return json.loads(data)
    except ValueError:
        return None
