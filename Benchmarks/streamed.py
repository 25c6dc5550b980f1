"""Calls whose functions stream: how long a notification takes from the function to the client, how fast and in how much memory
100 MB come through.

  streamed.py --gateway PROGRAM [--json]

The function runs in the local Lambda of the gateway's own process, so the figures hold both: the gateway's way from Lambda to
the client, and the local Lambda's from the function's runtime.
"""

import argparse
import json
import re
import socket
import statistics
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Tests/Python"))

from servers import META, request
from workspace import Gateway, target

NOTIFICATIONS = 400
PAUSE_S = 0.005
LARGE_BYTES = 100_000_000
MESSAGE_BYTES = 100_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measured(options.gateway)
    if options.json:
        print(json.dumps(figures))
        return
    print(f"a notification, from the function to the client: p50 {figures['told_p50_ms']:.2f} ms, p99 {figures['told_p99_ms']:.2f} ms")
    print(f"{figures['large_mb']:.0f} MB streamed: {figures['large_mb_s']:.0f} MB/s, peak {figures['grown_mb']:.1f} MB above idle")


def measured(program):
    with Gateway(program, [target("streaming", "bench", streaming=True)]) as gateway:
        return measure(gateway)


def measure(gateway):
    list(events(gateway, {"count": 1}))  # starts the function's process
    delays = [delay for delay, _ in events(gateway, {"count": NOTIFICATIONS, "pause": PAUSE_S})]
    delays.sort()
    idle = memory(gateway, "VmRSS")
    Path(f"/proc/{gateway.process.pid}/clear_refs").write_text("5")  # the peak counts from here
    began, size = time.monotonic(), 0
    for _, count in events(gateway, {"count": LARGE_BYTES // MESSAGE_BYTES, "bytes": MESSAGE_BYTES}):
        size += count
    took = time.monotonic() - began
    return {
        "told_p50_ms": statistics.median(delays),
        "told_p99_ms": delays[int(len(delays) * 0.99)],
        "large_mb": size / 1e6,
        "large_mb_s": size / 1e6 / took,
        "grown_mb": (memory(gateway, "VmHWM") - idle) / 1e3,
    }


def events(gateway, arguments):
    """Calls the tool; for each notification its delay in milliseconds and its size in bytes."""
    tool = "bench___tell"
    params = {"name": tool, "arguments": arguments, "_meta": {**META, "progressToken": 1}}
    place = urllib.parse.urlsplit(gateway.url)
    with socket.create_connection((place.hostname, place.port), timeout=120) as peer:
        peer.sendall(request("tools/call", params, gateway.key, [("Mcp-Name", tool)], "/mcp").bytes())
        lines = peer.makefile("rb", buffering=1 << 20)
        if b" 200 " not in lines.readline():
            sys.exit(lines.read(2000))
        done = False
        for line in lines:
            stamp = re.search(rb'"message": ?"(\d+) ', line[:400])
            if stamp:
                yield (time.time_ns() - int(stamp.group(1))) / 1e6, len(line)
            elif b'"told"' in line:
                done = True
                break
        if not done:
            sys.exit("the call ended without its result")


def memory(gateway, name):
    """A figure of the gateway's memory, in kilobytes."""
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{gateway.process.pid}/status").read_text()).group(1))


if __name__ == "__main__":
    main()
