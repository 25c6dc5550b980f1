"""The demands of the official conformance suite, made of a running gateway in raw HTTP.

  run.py URL --target NAME=NEEDS… [--only SCENARIO] [--version VERSION] [--json]      the key comes from MCP_GATEWAY_KEY

NAME is a target that serves Tests/Python/functions/everything. NEEDS says what of it is tried: `all`, or several of
gateway, tools, messages, told and stream with a plus sign between them. The suite sends bare names; here they are `NAME___…`.

Prints a line for each version, target and scenario: pass, fail or not yet, and a sum for each version. Exit status 1 when one fails,
or when one passes that is in not_yet.py.
"""

import argparse
import json
import os
import sys
import time

import caching  # noqa: F401, enters its scenarios
import input_required  # noqa: F401
import legacy_input  # noqa: F401
import lifecycle  # noqa: F401
import prompts  # noqa: F401
import request_headers  # noqa: F401
import resources  # noqa: F401
import stateless  # noqa: F401
import tools  # noqa: F401
from caller import Caller, schemas
from not_yet import NOT_YET
from scenario import NEEDS, VERSIONS, Unmet, scenarios


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--target", action="append", required=True)
    parser.add_argument("--only")
    parser.add_argument("--version", choices=VERSIONS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for target in options.target:
        name, _, needs = target.partition("=")
        needs = NEEDS if needs in ("", "all") else needs.split("+")
        rows += [row for version in VERSIONS for row in run(options, name, needs, version)]
    sums = {version: sum_of(rows, version) for version in VERSIONS}
    checked = {version: schema.checked for version, schema in schemas.items() if schema.is_there}
    if options.json:
        print(json.dumps({"rows": rows, "sums": sums, "messagesChecked": checked}))
    else:
        show(rows, sums, checked)
    sys.exit(any(row["outcome"] == "fail" for row in rows))


def run(options, target, needs, version):
    if options.version not in (None, version):
        return
    for scenario in scenarios:
        if version in scenario.versions and scenario.needs in needs and options.only in (None, scenario.name):
            began = time.monotonic()
            faults = attempt(scenario, Caller(options.url, os.environ["MCP_GATEWAY_KEY"], target, version))
            reason = NOT_YET.get(scenario.name)
            outcome = "fail" if faults else "pass"
            if reason:
                outcome, faults = ("not yet", [reason]) if faults else ("fail", [f"passes, but is in not_yet.py: {reason}"])
            yield {
                "version": version, "target": target, "scenario": scenario.name, "outcome": outcome, "faults": faults,
                "scored": version in scenario.scored, "ms": round((time.monotonic() - began) * 1000),
            }  # fmt: skip


def attempt(scenario, caller):
    """What isn't as demanded."""
    try:
        scenario.function(caller)
    except Unmet as unmet:
        caller.failures.append(str(unmet))
    except Exception as error:  # an answer without the member that the demand is about
        caller.failures.append(f"{type(error).__name__}: {error}")
    finally:
        caller.close()
    return caller.failures


def sum_of(rows, version):
    """How many scenarios of the official suite's score pass, each with every target that it was tried with."""
    outcomes = {}
    for row in rows:
        if row["version"] == version and row["scored"]:
            outcomes.setdefault(row["scenario"], []).append(row["outcome"] == "pass")
    return {"passed": sum(map(all, outcomes.values())), "scored": len(outcomes)}


def show(rows, sums, checked):
    for row in rows:
        mark = "" if row["scored"] else " (not scored)"
        print(f"{row['version']}  {row['target']:12} {row['scenario']:46} {row['outcome']}{mark}  {row['ms']} ms")
        for fault in row["faults"]:
            print(f"            {fault[:600]}")
    for version, total in sums.items():
        print(f"{version}: {total['passed']} of {total['scored']} scored; {checked.get(version, 0)} messages fit the schema")


if __name__ == "__main__":
    main()
