"""Streams on which agents wait for changes: what each keeps in memory, and how long it takes to tell all of them."""

import resource
import selectors
import socket
import sys
import time

from servers import request, META

STREAMS = 10_000
# Streams that are asked for together: their answers are read before the next are asked for.
TOGETHER = 100


def measure(gateway, count=STREAMS):
    """Opens streams, then disables a target that all of them see.

    bytes_each: growth of the resident set. told_ms: from the first stream that hears of the change to the last.
    """
    need = count + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < need:
        count = hard - 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(need, hard), hard))
    before = gateway.rss_kb()
    opening = request(
        "subscriptions/listen", {"notifications": {"toolsListChanged": True}, "_meta": META}, gateway.key, [], "/mcp"
    ).bytes()
    waiting = selectors.DefaultSelector()
    peers = []
    while len(peers) < count:
        turn = []
        for _ in range(min(TOGETHER, count - len(peers))):
            peer = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)
            peer.sendall(opening)
            turn.append(peer)
        opened = [peer for peer in turn if is_open(peer)]
        for peer in opened:
            peer.setblocking(False)
            waiting.register(peer, selectors.EVENT_READ)
        peers += opened
        # The gateway keeps descriptors for calls: with few of them it takes fewer streams.
        if len(opened) < len(turn):
            count = len(peers)
    if count < 1000:
        sys.exit(f"the gateway opens {count} streams; raise the limit of descriptors (ulimit -n)")
    time.sleep(2)
    grown = gateway.rss_kb() - before
    cpu = gateway.cpu()
    gateway.run("target", "disable", "bench-0")
    told, first, last = 0, None, None
    deadline = time.monotonic() + 30
    while told < count:
        for key, _ in waiting.select(max(0, deadline - time.monotonic())):
            data = key.fileobj.recv(65536)
            if b"list_changed" in data:
                last = time.monotonic()
                first = first or last
                told += 1
        if time.monotonic() > deadline:
            sys.exit(f"{count - told} of {count} streams heard of no change in 30 s")
    after = gateway.cpu()
    for peer in peers:
        peer.close()
    return {
        "streams": count,
        "bytes_each": grown * 1024 / count,
        "told_ms": (last - first) * 1000,
        "cpu_us_each": (after["cpu"] - cpu["cpu"]) / count,
    }


def is_open(peer):
    """Whether the stream's first event came; not when the gateway has no room for one more connection."""
    data = b""
    while b"acknowledged" not in data:
        part = peer.recv(65536)
        if data.startswith(b"HTTP/1.1 503") and not part:
            return False
        if not part or len(data) > 65536:
            sys.exit(f"the gateway opens no stream: {(data + part)[:400]!r}")
        data += part
    return True
