"""A store full of tenants, written straight into SQLite, and what it costs: calls, publications, lists."""

import hashlib
import http.client
import json
import random
import sqlite3
import statistics
import threading
import time

from servers import list_request

TENANTS, KEYS, TARGETS, TOOLS = 1000, 10, 100, 100
STEPS = ("read", "compile", "derive", "swap")


def fill(path, key_text):
    """Adds to the store of a gateway whose catalog is full and whose tenant `bench` has one key.

    1,000 tenants with 10 keys, 20 patterns and 10 approved subscriptions each, all pinned, some narrowed or expiring; a
    rate and a quota for every tenant, a rate for every target; and on the way of bench's call all five limits there are.
    """
    dice = random.Random(1)
    now = int(time.time() * 1000)
    store = sqlite3.connect(path, timeout=30, isolation_level=None)
    store.execute("PRAGMA foreign_keys = ON")
    store.execute("BEGIN IMMEDIATE")
    targets = store.execute("SELECT id, name FROM target ORDER BY id").fetchall()
    numbers = {name: identifier for identifier, name in targets}
    pin_sets = {identifier: pin(store, identifier) for identifier, _ in targets}
    (bench,), = store.execute("SELECT id FROM tenant WHERE name = 'bench'").fetchall()
    tenants = [bench]
    for number in range(1, TENANTS):
        made = store.execute(
            "INSERT INTO tenant (name, state, created_at_ms, updated_at_ms) VALUES (?, 'active', ?, ?)",
            (f"tenant-{number:04}", now, now),
        )
        tenants.append(made.lastrowid)
    for position, tenant in enumerate(tenants):
        for number in range(1 if tenant == bench else 0, KEYS):
            narrowing = "bench-1*___*" if number == 9 else None
            store.execute(
                "INSERT INTO tenant_key (tenant_id, prefix, hash, allow_patterns, created_at_ms, expires_at_ms) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (tenant, f"b{position:04}{number}", dice.randbytes(32), narrowing, now,
                 now + 86_400_000 * 90 if number % 2 else None),
            )
        chosen = sorted({"bench-0"} | {f"bench-{n}" for n in dice.sample(range(1, TARGETS), 9)})
        while len(chosen) < 10:
            chosen = sorted({*chosen, f"bench-{dice.randrange(1, TARGETS)}"})
        allow = [f"{name}___*" for name in chosen]
        allow += ["*___get_*", f"*_{position % 50:05}", *(f"{chosen[0]}___tool_{n:05}" for n in (1, 2, 3))]
        deny = ["*___delete_*", f"bench-{position % TARGETS}___admin_*", "*___tool_?9999",
                f"{chosen[1]}___tool_00099", f"bench-{position % 90 + 1}*___purge*"]
        for effect, patterns in (("allow", allow), ("deny", deny)):
            for pattern in patterns:
                store.execute(
                    "INSERT INTO permission (tenant_id, effect, pattern, created_at_ms) VALUES (?, ?, ?, ?)",
                    (tenant, effect, pattern, now),
                )
        for place, name in enumerate(chosen):
            store.execute(
                "INSERT INTO subscription (tenant_id, target_id, target_name, state, requested_tools, approved_tools, "
                "requested_by, requested_at_ms, decided_by, decided_at_ms, expires_at_ms, pin_set_id) "
                "VALUES (?, ?, ?, 'approved', ?, ?, 'cli:bench', ?, 'cli:bench', ?, ?, ?)",
                (tenant, numbers[name], name, f"{name}___*" if place == 3 else None,
                 f"{name}___tool_000[0-9]*".replace("[0-9]", "?") if place == 4 else None, now, now,
                 now + 86_400_000 * (1 + position % 60) if place % 3 == 0 else None, pin_sets[numbers[name]]),
            )
        limit(store, now, "tenant", tenant=tenant, day=10**9, month=10**10)
    for identifier, _ in targets:
        limit(store, now, "target", target=identifier)
    key_hash = hashlib.sha256(key_text.encode()).digest()
    (key,), = store.execute("SELECT id FROM tenant_key WHERE hash = ?", (key_hash,)).fetchall()
    limit(store, now, "key", key=key)
    limit(store, now, "tenant-target", tenant=bench, target=numbers["bench-0"])
    limit(store, now, "tenant-tool", tenant=bench, tool="bench-0___tool_00007")
    store.execute("COMMIT")
    store.close()


def pin(store, target):
    """The target's tools as they are now, as one set."""
    tools = store.execute("SELECT name, sha256 FROM tool WHERE target_id = ? ORDER BY name", (target,)).fetchall()
    digest = hashlib.sha256(b"".join(name.encode() + sha for name, sha in tools)).digest()
    made = store.execute("INSERT INTO pin_set (target_id, sha256) VALUES (?, ?)", (target, digest)).lastrowid
    store.executemany("INSERT INTO pin (pin_set_id, tool_name, sha256) VALUES (?, ?, ?)", [(made, *tool) for tool in tools])
    return made


def limit(store, now, scope, tenant=None, key=None, target=None, tool=None, day=None, month=None):
    store.execute(
        "INSERT INTO usage_limit (scope, tenant_id, key_id, target_id, tool, rate_permits, rate_unit, burst, day_quota, "
        "month_quota, created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?, ?, 1000000, 's', 1000000, ?, ?, ?, ?)",
        (scope, tenant, key, target, tool, day, month, now, now),
    )


class Changes:
    """Commits of another process to a running gateway's store, and how the gateway took them."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.store = sqlite3.connect(gateway.folder / "gateway.db", timeout=30, isolation_level=None)
        self.count = 0

    def close(self):
        self.store.close()

    def commit(self, kind="policy"):
        """`policy` changes a tenant; `tool` changes a tool too, so that the whole catalog is read again."""
        self.count += 1
        if kind == "tool":
            self.store.execute(
                "UPDATE tool SET definition = CAST(definition || ' ' AS BLOB) WHERE id = (SELECT max(id) FROM tool)"
            )
        else:
            self.store.execute("UPDATE tenant SET title = ? WHERE name = 'bench'", (f"Bench {self.count}",))

    def publication(self, kind):
        """Milliseconds of each step of one publication, from the gateway's own histogram."""
        before = self.figures()
        self.commit(kind)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            time.sleep(0.8)  # asking more often would take CPU time from what is measured
            after = self.figures()
            if all(after[step][1] > before[step][1] for step in STEPS):
                steps = {
                    step: 1000 * (after[step][0] - before[step][0]) / (after[step][1] - before[step][1])
                    for step in STEPS
                }
                return {**steps, "all": sum(steps.values())}
        raise SystemExit("a commit was not published within 30 s")

    def figures(self):
        """[step] → (seconds, publications) so far."""
        text = self.gateway.metrics()
        name = "mcp_gateway_snapshot_publish_seconds"

        def value(part, step):
            line = next(line for line in text.splitlines() if line.startswith(f'{name}_{part}{{step="{step}"}}'))
            return float(line.split()[-1])

        return {step: (value("sum", step), value("count", step)) for step in STEPS}


def publications(gateway, rounds):
    """The slowest and the middle publication of each kind, by step; the first of each kind is not counted."""
    changes = Changes(gateway)
    figures = {}
    for kind in ("policy", "tool"):
        taken = [changes.publication(kind) for _ in range(rounds + 1)][1:]
        figures[kind] = {
            "max": max(one["all"] for one in taken),
            **{step: statistics.median(one[step] for one in taken) for step in (*STEPS, "all")},
        }
    changes.close()
    return figures


def while_publishing(gateway, measure):
    """`measure()` while another process commits a change every 100 ms; its result and the number of publications."""
    changes = Changes(gateway)
    before = changes.figures()["swap"][1]
    stop = threading.Event()

    def commit():
        mine = Changes(gateway)
        while not stop.wait(0.1):
            mine.commit()
        mine.close()

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        result = measure()
    finally:
        stop.set()
        thread.join()
    time.sleep(0.5)
    published = changes.figures()["swap"][1] - before
    changes.close()
    return {**result, "published": published}


def lists(gateway, rounds):
    """Milliseconds for a whole `tools/list` of a tenant, just after a change and again."""
    changes = Changes(gateway)
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    request = list_request(gateway.key)
    cold, warm, tools = [], [], 0
    for _ in range(rounds):
        changes.publication("policy")
        for times in (cold, warm):
            began = time.perf_counter()
            connection.request("POST", request.path, request.body, dict(request.headers))
            answer = connection.getresponse().read()
            times.append(1000 * (time.perf_counter() - began))
        result = json.loads(answer)["result"]
        if "nextCursor" in result:
            raise SystemExit("the list is more than one page")
        tools = len(result["tools"])
    connection.close()
    changes.close()
    return {"tools": tools, "after_change_ms": statistics.median(cold), "again_ms": statistics.median(warm)}
