#!/usr/bin/env python3
"""Asks a store with ten million calls' worth of usage for what the issue asks, and says how long it took.

    Benchmarks/usage.py PROGRAM [calls in millions]

PROGRAM is a release build of mcp-gateway. A hundred tenants with two keys each call twenty tools for sixty days: a month is 60,000 rows of
days, and the month before, with which it is compared, as many. Times are of the whole command, the best of seven, with JSON for an answer;
`--version` says what a start alone costs.
"""
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

DAYS, TENANTS, TOOLS = 60, 100, 20


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def bucket(us):
    """As SketchBuckets has them: the first ends at 100 us, each later one 4 % above the one before."""
    bound, index = 100.0, 0
    while us > bound:
        bound *= 1.04
        index += 1
    return index


def sketch(buckets):
    """As QuantileSketch writes itself: layout 1, then what is skipped and what is counted, for each bucket."""
    out, after = bytearray([1]), 0
    for index in sorted(set(buckets)):
        out += varint(index - after) + varint(buckets.count(index))
        after = index + 1
    return bytes(out)


def fill(path, calls):
    today = int(time.time()) // 86_400
    durations = [int(random.lognormvariate(10.8, 0.5)) for _ in range(20_000)]
    buckets = [bucket(us) for us in durations]
    each = calls // (30 * TENANTS * TOOLS)
    store = sqlite3.connect(path)
    store.executemany("INSERT INTO tenant (id, name, state, created_at_ms, updated_at_ms) VALUES (?, ?, 'active', 0, 0)",
                      [(n + 1, f"tenant-{n}") for n in range(TENANTS)])
    store.executemany("INSERT INTO used_tool (id, target, tool) VALUES (?, ?, ?)",
                      [(n + 1, f"target-{n % 5}", f"tool_{n}") for n in range(TOOLS)])

    def rows():
        for day in range(DAYS):
            for tenant in range(TENANTS):
                for tool in range(TOOLS):
                    at = random.randrange(len(buckets) - each)
                    took = durations[at:at + each]
                    yield (today - day, tenant + 1, tenant * 2 + tool % 2 + 1, tool + 1, 0, each, 0, 0, each, 1, 0,
                           300 * each, 900 * each, sum(took) // 1_000, 2_500 * each, 0, sum(took),
                           sketch(buckets[at:at + each]))

    store.executemany(f"INSERT INTO usage_day VALUES ({', '.join('?' * 18)})", rows())
    store.commit()
    pages, size = (store.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    print(f"{DAYS * TENANTS * TOOLS} rows of days for {2 * calls} calls: {pages * size / 1e6:.1f} MB, "
          f"{pages * size / (DAYS * TENANTS * TOOLS):.0f} bytes a row")
    store.close()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    calls = (int(sys.argv[2]) if len(sys.argv) > 2 else 10) * 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        config = f"{folder}/gateway.toml"
        path = f"{folder}/gateway.db"
        with open(config, "w") as file:
            file.write(f'[store]\npath = "{path}"\n')

        def run(*words):
            start = time.monotonic()
            answer = subprocess.run([program, *words], capture_output=True, text=True, cwd=folder)
            took = time.monotonic() - start
            if answer.returncode:
                sys.exit(answer.stderr)
            return took, answer.stdout

        run("tenant", "create", "first", "--config", config)
        store = sqlite3.connect(path)
        store.execute("DELETE FROM tenant")
        store.commit()
        store.close()
        fill(path, calls)
        for words in (["--version"], ["usage", "--by", "tenant,tool", "--since", "30d"], ["usage", "--by", "tenant,tool"],
                      ["usage", "--by", "day", "--since", "30d"], ["usage", "--by", "tool", "--tenant", "tenant-7", "--since", "30d"]):
            rest = [] if words[0] == "--version" else ["--config", config, "-o", "json"]
            times, out = zip(*(run(*words, *rest) for _ in range(7)))
            count = len(json.loads(out[0])["usage"]) if rest else 0
            print(f"{' '.join(words)}: {min(times) * 1e3:.0f} ms, {count} sums")


main()
