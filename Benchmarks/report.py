"""The table, its budgets, and the CPUs that the processes are pinned to."""

import os

CPUS = sorted(os.sched_getaffinity(0))

# The promises of the design and performance notes: name, how to read the figure, and its maximum (negative: its minimum).
BUDGETS = {
    "CPU per call at 64 connections, ratio to nginx": (lambda f: ratio(at(f, 64), "cpu"), 1.15),
    "calls per second at 64 connections, ratio to nginx": (lambda f: ratio(at(f, 64), "rps"), -0.88),
    "user CPU per call at 64 connections, us": (lambda f: at(f, 64)["gateway"]["user"], 5),
    "idle memory with 1,000 tools, MB": (lambda f: f["idle_rss_kb"][0] / 1024, 40),
    "start to ready with 1,000 tools, ms": (lambda f: f["start_ms"], 150),
    "tools/list of 1,000 tools, first page, p50 ms": (lambda f: f["list"]["p50"] / 1000, 2),
    "static stripped binary, MB": (lambda f: f["binary_bytes"] / 1e6, 25),
    "full policy beside an empty one, CPU per call ratio": (lambda f: policy(f, "cpu"), 1.05),
    "full policy beside an empty one, calls per second ratio": (lambda f: policy(f, "rps"), -0.95),
    "publishing the full policy, slowest, ms": (lambda f: f["tenancy"]["publish"]["policy"]["max"], 100),
    "publishing it with a changed tool, slowest, ms": (lambda f: f["tenancy"]["publish"]["tool"]["max"], 100),
    "a tenant's whole list after a change, ms": (lambda f: f["tenancy"]["list"]["after_change_ms"], 2),
    "records on beside off, CPU per call ratio": (lambda f: f["accounting"]["ratio"]["records"], 1.08),
    "records and a tenth of traces beside off, CPU ratio": (lambda f: f["accounting"]["ratio"]["traces"], 1.10),
    "records dropped": (lambda f: f["accounting"]["dropped"], 0),
    "10,000 tools beside 10, CPU ratio": (lambda f: f["growth"]["10000"]["cpu"] / f["growth"]["10"]["cpu"], 1.05),
    "4,000 in flight beside 64, CPU ratio": (
        lambda f: f["slow"][1]["gateway"]["cpu"] / f["slow"][0]["gateway"]["cpu"], 1.05,
    ),
    "memory of an idle stream, kB": (lambda f: f["streams"]["bytes_each"] / 1000, 10),
    "telling 10,000 streams of a change, ms": (lambda f: f["streams"]["told_ms"], 200),
    "a notification from function to client, p50, ms": (lambda f: f["streamed"]["told_p50_ms"], 1),
    "memory above idle while 100 MB are streamed, MB": (lambda f: f["streamed"]["grown_mb"], 20),
}


def pin_server():
    pin(CPUS[:1])


def pin_driver():
    pin(CPUS[1:2])


def pin(cpus):
    """Runs in the child before its program; with one CPU only, nothing is pinned."""
    if len(CPUS) > 1:
        os.sched_setaffinity(0, cpus)


def at(figures, connections):
    return next(row for row in figures["load"] if row["connections"] == connections)


def ratio(row, name):
    return row["gateway"][name] / row["nginx"][name]


def policy(figures, name):
    """The median of the rounds' own ratios: the two runs of a round are next to each other in time."""
    return figures["tenancy"]["ratio"][name]


def missed(figures):
    """The budgets that were measured and are missed."""
    return [name for name, value, limit in budgets(figures) if not holds(value, limit)]


def budgets(figures):
    for name, (read, limit) in BUDGETS.items():
        try:
            yield name, read(figures), limit
        except KeyError:
            continue  # not measured in this kind of run


def holds(value, limit):
    return value >= -limit if limit < 0 else value <= limit


def table(figures):
    lines = [
        f"gateway (one loop) beside nginx proxy_pass (one worker), medians of {figures['rounds']} rounds"
        + ("" if len(CPUS) > 1 else ", NOT pinned: one CPU"),
        "",
        "                    calls/s                    p50 us         p99 us         CPU us per call (user + system)",
        "connections    gateway   nginx  ratio   gateway  nginx  gateway  nginx    gateway              nginx        ratio",
    ]
    rows = [(str(row["connections"]), row) for row in figures["load"]]
    rows += [(f"{row['connections']}, 100 ms", row) for row in figures.get("slow", [])]
    for name, row in rows:
        ours, theirs = row["gateway"], row["nginx"]
        lines.append(
            f"{name:<13} {ours['rps']:>8.0f} {theirs['rps']:>7.0f} {ratio(row, 'rps'):>6.2f}"
            f"   {ours['p50']:>7.0f} {theirs['p50']:>6.0f}  {ours['p99']:>7.0f} {theirs['p99']:>6.0f}"
            f"    {cpu(ours):<20} {cpu(theirs):<18} {ratio(row, 'cpu'):.2f}"
        )
    paced = figures["paced"]
    ours, theirs = paced["gateway"], paced["nginx"]
    lines += [
        "",
        f"at {paced['rate']} calls per second on 64 connections, from when each was due:",
        f"  p50   {ours['p50']:>7.0f} us, nginx {theirs['p50']:.0f} us",
        f"  p99   {ours['p99']:>7.0f} us, nginx {theirs['p99']:.0f} us",
        f"  p99.9 {ours['p999']:>7.0f} us, nginx {theirs['p999']:.0f} us",
        "",
        f"memory: idle {megabytes(figures['idle_rss_kb'])}; after the load {megabytes(figures['loaded_rss_kb'])}",
        "",
    ]
    if "slow" in figures:
        row = figures["slow"][1]
        lines += [f"{row['connections']} calls in flight: {row['grown_kb'] * 1000 / row['connections'] / 1000:.1f} kB each, with their connections", ""]
    if "streams" in figures:
        of = figures["streams"]
        lines += [
            f"{of['streams']} streams: {of['bytes_each'] / 1000:.1f} kB each; a change reaches the last {of['told_ms']:.0f} ms after "
            f"the first, {of['cpu_us_each']:.1f} us of CPU each",
            "",
        ]
    if "streamed" in figures:
        of = figures["streamed"]
        lines += [
            f"a streamed notification reaches the client after {of['told_p50_ms']:.2f} ms (p99 {of['told_p99_ms']:.2f}); {of['large_mb']:.0f} MB come "
            f"through at {of['large_mb_s']:.0f} MB/s, at most {of['grown_mb']:.1f} MB above idle",
            "",
        ]
    if "tenancy" in figures:
        lines += tenancy(figures["tenancy"])
    if "accounting" in figures:
        lines += accounting(figures["accounting"])
    for name, value, limit in budgets(figures):
        bound = f"at least {-limit}" if limit < 0 else f"at most {limit}"
        lines.append(f"  {'ok    ' if holds(value, limit) else 'MISSED'} {name:<52} {value:>8.2f}  ({bound})")
    return "\n".join(lines)


def tenancy(figures):
    calls, quiet, busy = figures["calls"], figures["quiet"], figures["publishing"]
    lines = ["1,000 tenants, 10,000 keys, 10,000 tools, 20 patterns a tenant, 5 limits on the call's way; 64 connections:"]
    for name in ("empty", "full"):
        lines.append(f"  {name + ' policy':<14} {calls[name]['rps']:>8.0f} calls/s   CPU us per call {cpu(calls[name])}")
    for kind, step in figures["publish"].items():
        lines.append(
            f"  publishing a changed {kind:<7} {step['all']:>6.1f} ms: read {step['read']:.1f}, compile {step['compile']:.1f}, "
            f"derive {step['derive']:.1f}, swap {step['swap']:.2f}"
        )
    lines += [
        f"  at 2,000 calls per second: p99 {quiet['p99']:.0f} us, p99.9 {quiet['p999']:.0f} us, max {quiet['max']:.0f} us; with "
        f"{busy['published']:.0f} publications meanwhile {busy['p99']:.0f}, {busy['p999']:.0f}, {busy['max']:.0f} us",
        f"  a list of {figures['list']['tools']} tools: {figures['list']['after_change_ms']:.2f} ms after a change, then "
        f"{figures['list']['again_ms']:.2f} ms",
        f"  memory {megabytes(figures['rss_kb'], ('empty', 'full'))}",
        "",
    ]
    return lines


def accounting(figures):
    lines = ["what is kept of calls; 64 connections, with the writing of records and the sending of spans:"]
    names = {"off": "nothing", "records": "records", "traces": "records, a tenth traced"}
    for name, words in names.items():
        side = figures["calls"][name]
        lines.append(f"  {words:<24} {side['rps']:>8.0f} calls/s   CPU us per call {cpu(side)}   p99 {side['p99']:.0f} us")
    lines += [
        f"  {figures['written']:.0f} records written, {figures['dropped']:.0f} dropped; {figures['spans']:.0f} spans sent",
        f"  memory {megabytes(figures['rss_kb'], tuple(names.values()))}",
        "",
    ]
    return lines


def cpu(side):
    return f"{side['cpu']:.1f} ({side['user']:.1f} + {side['system']:.1f})"


def megabytes(pair, names=("gateway", "nginx worker")):
    return ", ".join(f"{name} {kilobytes / 1024:.1f} MB" for name, kilobytes in zip(names, pair))
