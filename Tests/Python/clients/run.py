"""Agent frameworks against a gateway of this checkout, without a model: `make test-clients`.

  run.py --gateway BINARY [NAME…]

Each framework lists all tools, calls one, gets a prompt and reads a resource, with a bearer key, in an environment of its own:
`scripts/setup clients` makes them in .venv-clients from requirements.txt here. Prints a table; exit status 1 when a step fails.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from workspace import ROOT, Gateway, target  # noqa: E402

CLIENTS = ["fastmcp", "langchain", "openai-agents", "pydantic-ai", "strands", "google-adk"]
STEPS = ["list", "call", "prompt", "resource"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("names", nargs="*", choices=[[], *CLIENTS], default=[])
    options = parser.parse_args()
    failed = False
    everything = target("everything", "everything", contract="http-v2", handler="handler.http")
    with Gateway(options.gateway, [everything]) as gateway:
        tools = str(len(gateway.tools()))
        print(f"{'client':32}{'list':10}{'call':10}{'prompt':10}resource")
        for name in options.names or CLIENTS:
            python = ROOT / ".venv-clients" / name / "bin/python"
            environment = {**os.environ, "MCP_GATEWAY_KEY": gateway.key, "TOOLS": tools}
            command = [python, HERE / f"{name.replace('-', '_')}_client.py", gateway.url]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
            try:
                seen = json.loads(done.stdout.splitlines()[-1])
            except (IndexError, ValueError):
                print(f"{name:32}failed\n{done.stderr[-3000:]}")
                failed = True
                continue
            steps = seen["steps"]
            words = {step: "-" if steps[step].startswith("not offered") else steps[step][:9] for step in STEPS}
            print(f"{seen['package'] + ' ' + seen['version']:32}" + "".join(f"{words[step]:10}" for step in STEPS))
            for step in STEPS:
                if steps[step] != "ok":
                    print(f"    {step}: {steps[step]}")
                    failed = failed or not steps[step].startswith("not offered")
    sys.exit(failed)


if __name__ == "__main__":
    main()
