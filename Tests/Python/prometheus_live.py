"""Debian's Prometheus in front of a busy gateway: prometheus_live.py --admin HOST:PORT --folder FOLDER [--seconds N]

It scrapes /metrics once a second, with the rules of deploy/prometheus, and is asked every query of every panel of
deploy/grafana. Fails when a query is refused, or has no finite value in time, or when a rule can't be evaluated. The gateway
must be kept busy meanwhile by whoever runs this, with all that the panels are about.
"""

import argparse
import json
import math
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy/grafana/mcp-gateway.json"
RULES = ROOT / "deploy/prometheus/alerts.yaml"
# The values that Grafana would fill in, for a scrape each second.
VARIABLES = {"$__rate_interval": "20s", "$instance": ".*", "$target": ".*", "$tenant": ".*"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--admin", required=True)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    config = options.folder / "prometheus.yaml"
    config.write_text(
        json.dumps(  # JSON is valid YAML
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(RULES)],
                "scrape_configs": [{"job_name": "mcp-gateway", "static_configs": [{"targets": [options.admin]}]}],
            }
        )
    )
    log = options.folder / "prometheus.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [
                "prometheus", f"--config.file={config}", f"--storage.tsdb.path={options.folder}/data",
                "--web.listen-address=127.0.0.1:0", "--log.format=json",
            ],
            stdout=output,
            stderr=output,
        )  # fmt: skip
    try:
        sys.exit(judge(server, log, options.seconds))
    finally:
        server.terminate()
        server.wait()


def judge(server, log, seconds):
    deadline = time.monotonic() + seconds
    address = until(deadline, lambda: listening(server, log))
    if not address:
        print(f"Prometheus doesn't listen: {log.read_text()[-2000:]}")
        return 1
    queries = [
        (panel["title"], target["expr"])
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", [])
    ]
    left = dict.fromkeys(queries, "never asked")

    def all_are_full():
        for title, expr in list(left):
            left[title, expr] = fault(address, expr)
            if not left[title, expr]:
                del left[title, expr]
            elif left[title, expr].startswith("refused"):
                return True
        return not left

    until(deadline, all_are_full)
    for (title, expr), why in left.items():
        print(f"panel '{title}': {why}: {expr}")
    # A rule is unknown until it has been evaluated once.
    rules = until(deadline + 5, lambda: evaluated(address)) or []
    broken = [rule for rule in rules if rule["health"] != "ok"]
    for rule in broken:
        print(f"rule {rule['name']}: {rule['health']} {rule.get('lastError')}")
    if not rules:
        print("no rules were evaluated")
    if left or broken or not rules:
        return 1
    print(f"{len(queries)} queries of panels and {len(rules)} rules are answered")
    return 0


def until(deadline, what):
    """Asks again and again; what it says at last."""
    while True:
        said = what()
        if said or time.monotonic() > deadline:
            return said
        time.sleep(0.2)


def listening(server, log):
    if server.poll() is not None:
        return None
    for line in log.read_text().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("msg") == "Listening on":
            return entry["address"]
    return None


def fault(address, expr):
    """What is wrong with the answer to a query; nothing when a finite value is among its own."""
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    if "$" in expr:
        return f"refused: an unknown variable in {re.findall(r'[$][a-z_]+', expr)}"
    answer = ask(address, "query", {"query": expr})
    if answer["status"] != "success":
        return f"refused: {answer.get('error')}"
    values = [float(series["value"][1]) for series in answer["data"]["result"]]
    if not values:
        return "empty"
    return None if any(math.isfinite(value) for value in values) else f"only {values[:3]}"


def evaluated(address):
    rules = [rule for group in ask(address, "rules", {})["data"]["groups"] for rule in group["rules"]]
    return rules if rules and all(rule["health"] != "unknown" for rule in rules) else None


def ask(address, what, parameters):
    url = f"http://{address}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


if __name__ == "__main__":
    main()
