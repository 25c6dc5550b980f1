#!/usr/bin/env python3
"""What many large requests at once cost a gateway's memory, and what is left of it: Benchmarks/memory.py [PROGRAM]

Starts PROGRAM (else the release build, else the debug build) in a folder of its own, opens 300 connections, sends each
all but the last byte of a body of 4 MiB, first without a key and then with one, closes them, and prints the resident memory: idle,
at its peak, and 10 and 40 seconds later.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS, BODY = 300, 4 << 20
FILLER = b"a" * (BODY - 1)
SETTINGS = """[agents]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
[store]
path = "gateway.db"
"""


def main():
    builds = [ROOT / f".build/{kind}/mcp-gateway" for kind in ("release", "debug")]
    program = Path(sys.argv[1]) if len(sys.argv) > 1 else next(path for path in builds if path.exists())
    with tempfile.TemporaryDirectory() as folder:
        measure(str(program.resolve()), folder)


def measure(program, folder):
    os.chdir(folder)
    Path("gateway.toml").write_text(SETTINGS)
    command = lambda *words: subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout
    with open("log", "w") as log:
        server = subprocess.Popen([program, "serve"], stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        port = int(re.search(r"agents=http://[^:]+:(\d+)", server.stdout.readline())[1])
        command("tenant", "create", "acme")
        key = json.loads(command("key", "issue", "acme", "-o", "json"))["key"]
        time.sleep(3)
        print(f"{'':12} {'idle':>8} {'peak':>8} {'10 s':>8} {'40 s':>8}  MB resident")
        for name, field in (("no key", ""), ("valid key", f"Authorization: Bearer {key}\r\n")):
            burst(name, field, port, server.pid)
    finally:
        server.terminate()
        server.wait()


def burst(name, field, port, pid):
    figures = [resident(pid)]
    head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{field}Content-Length: {BODY}\r\n\r\n"
    clients = []
    for _ in range(CONNECTIONS):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        client.connect(("127.0.0.1", port))
        client.setblocking(False)
        clients.append([client, [head.encode(), FILLER], 0])
    peak, quiet, end = 0, 0, time.monotonic() + 20
    while quiet < 50 and time.monotonic() < end:
        moved = sum(push(client) for client in clients)
        quiet = 0 if moved else quiet + 1
        peak = max(peak, resident(pid))
    figures.append(peak)
    for client in clients:
        client[0].close()
    for pause in (10, 30):
        time.sleep(pause)
        figures.append(resident(pid))
    print(f"{name:12} " + " ".join(f"{figure:8.0f}" for figure in figures), flush=True)


def push(client):
    sock, parts, start = client
    if not parts:
        return 0
    try:
        sent = sock.send(memoryview(parts[0])[start : start + 262144])
    except BlockingIOError:
        return 0
    except OSError:
        client[1] = []
        return 0
    client[2] += sent
    if client[2] == len(parts[0]):
        client[1], client[2] = parts[1:], 0
    return sent


def resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


if __name__ == "__main__":
    main()
