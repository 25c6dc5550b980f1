"""Functions that stream, in every way that can go well or wrong. `handler` does what the event's `do` names.

Whatever waits does so for a file that the test makes: {"gate": "/tmp/x"} waits for /tmp/x, then for /tmp/x.1, and so on.
"""

import json
import os
import sys
import time


class Gate:
    """Files for which a function waits, one after the other."""

    def __init__(self, event):
        self.path = event.get("gate")
        self.passed = 0

    def wait(self):
        path = f"{self.path}.{self.passed}" if self.passed else self.path
        self.passed += 1
        while self.path and not os.path.exists(path):
            time.sleep(0.002)


def handler(event, context, write):
    DO[event["do"]](event, context, write)


def ndjson(event, context, write):
    """`count` progress notifications, each behind a gate, then the result: a line each."""
    gate = Gate(event)
    for step in range(event.get("count", 2)):
        write(line(progress(step)))
        gate.wait()
    write(line(result(event)))


def sse(event, context, write):
    """The same as events of HTTP."""
    gate = Gate(event)
    write.http(200, {"content-type": "text/event-stream"})
    for step in range(event.get("count", 2)):
        write(message(progress(step)))
        gate.wait()
    write(message(result(event)))


def parts(event, context, write):
    """Exactly the chunks that the event holds, in hexadecimal."""
    for chunk in event["chunks"]:
        write(bytes.fromhex(chunk))


def fails(event, context, write):
    """An exception after a chunk, or before any."""
    if event.get("written", True):
        write(b'{"partial":')
    raise ValueError("too late: \u00fc " + "x" * event.get("size", 0))


def exits(event, context, write):
    """The process ends in the middle."""
    write(b"half")
    Gate(event).wait()
    os._exit(event.get("code", 3))


def closes(event, context, write):
    """The connection ends in the middle, and the process lives on."""
    write(b"half")
    Gate(event).wait()
    write.connection.sock.close()
    time.sleep(60)


def garbles(event, context, write):
    """What follows isn't a chunk."""
    write(b"half")
    Gate(event).wait()
    write.connection.send(b"zz\r\n")
    time.sleep(60)


def stalls(event, context, write):
    """Nothing follows a chunk."""
    write(b"half")
    say("stalled")
    time.sleep(60)


def endless(event, context, write):
    """64 KiB at a time, without an end; stdout says when the function begins, and when the next 8 MiB are written."""
    block, count = b"e" * 65536, 0
    while True:
        write(block)
        count += len(block)
        if count % (8 << 20) == 0:
            say(f"written {count}")


def large(event, context, write):
    """`size` bytes in blocks of `block`; the last word on stdout is how many were written."""
    size, block = event["size"], event.get("block", 65536)
    text = bytes(range(256)) * (block // 256 + 1)
    written = 0
    while written < size:
        count = min(block, size - written)
        write(text[:count])
        written += count
        if written % (4 << 20) == 0:
            say(f"written {written}")
    say(f"done {written}")


def nothing(event, context, write):
    """An answer of no bytes."""


def line(value):
    return json.dumps(value).encode() + b"\n"


def message(value):
    return b"event: message\r\ndata: " + json.dumps(value).encode() + b"\r\n\r\n"


def progress(step):
    params = {"progressToken": "t", "progress": step}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def result(event):
    content = [{"type": "text", "text": event.get("text", "done")}]
    return {"jsonrpc": "2.0", "id": event.get("id", 1), "result": {"content": content}}


def say(text):
    print(text, flush=True, file=sys.stdout)


DO = {
    name: globals()[name]
    for name in "ndjson sse parts fails exits closes garbles stalls endless large nothing".split()
}
