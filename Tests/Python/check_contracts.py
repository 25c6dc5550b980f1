"""Is what docs/contracts.md shows what goes over the wire?

  check_contracts.py --gateway BINARY [--write] [TARGET…]

Runs the functions of the document behind a gateway with a local Lambda, lists and calls their tools as an agent, and compares what the
functions were sent, what they answered and what the agent got with the blocks of the document. What a block is stands in a comment
before it:

  <!-- file: targets/NAME/FILE -->     a file of the target NAME
  <!-- wire: NAME list|call|fail sent|context|answered|result -->
        of a list, of the call greet(name="Ada"), and of greet(name=""), which fails: the event, the client context, the payload that
        came back, and the result that the agent got

Ids, times and paths differ from run to run and aren't compared. --write puts what was seen into the document instead. Exit status 1 with
the differences.
"""

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/contracts.md"
BLOCK = re.compile(r"<!-- (file|wire): ([^\n]*?) -->\n```(\w*)\n(.*?)```\n", re.S)
RECORDER = """
import json, os
import {module} as recorded

def {function}(event, context):
    client = getattr(context, "client_context", None)
    seen = {{"event": event, "context": {{"custom": client.custom}} if client else None}}
    with open({log!r}, "a") as file:
        file.write(json.dumps(seen) + "\\n")
    return recorded.{function}(event, context)
"""
# Members whose values differ in each run.
VARYING = {
    "id", "requestId", "time", "timeEpoch", "requestTime", "requestTimeEpoch", "extendedRequestId", "user-agent", "userAgent", "stackTrace",
    "bedrockAgentCoreAwsRequestId", "bedrockAgentCoreMcpMessageId", "content-length", "X-Amzn-Trace-Id", "x-amzn-trace-id",
}
CALLS = {"call": {"name": "Ada"}, "fail": {"name": ""}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", required=True, type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("targets", nargs="*", help="only these")
    options = parser.parse_args()
    text = DOCUMENT.read_text()
    blocks = [match.groups() for match in BLOCK.finditer(text)]
    if options.targets:
        blocks = [block for block in blocks if target_of(block[1]) in options.targets]
    with tempfile.TemporaryDirectory() as folder:
        seen = watch(Path(folder), options.gateway.resolve(), {path: body for kind, path, _, body in blocks if kind == "file"})
    if options.write:
        DOCUMENT.write_text(BLOCK.sub(lambda match: written(match, seen) if target_of(match[2]) in seen else match[0], text))
        return
    faults = []
    for kind, what, _, body in blocks:
        if kind == "wire" and (difference := compare(json.loads(body), wanted(seen, what))):
            faults.append(f"docs/contracts.md, {what}: {difference}")
    print("\n".join(faults) or f"{len(blocks)} blocks")
    sys.exit(1 if faults else 0)


def watch(folder, gateway, files):
    """[target] → [list, call or fail] → [sent, context, answered or result]"""
    targets = sorted({target_of(path) for path in files})
    for path, body in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(body)
    for target in targets:
        prepare(folder, target)
    (folder / "gateway.toml").write_text(
        "\n".join(f'[{name}]\nlisten = "127.0.0.1:0"' for name in ("agents", "admin", "local_lambda")) + '\n[store]\npath = "gateway.db"\n'
    )
    log = open(folder / "log", "w")
    command = [gateway, "serve", "--local", "--config", folder / "gateway.toml"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MCP_GATEWAY_", "FUNCTION_"))}
    environment = {**kept, "AWS_EC2_METADATA_DISABLED": "true"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=environment)
    try:
        urls = dict(word.split("=", 1) for word in server.stdout.readline().split()[1:])
        agent = Agent(folder, gateway, urls)
        agent.await_tools([f"{target}___greet" for target in targets])
        return {target: agent.visit(target) for target in targets}
    except Exception:
        print((folder / "log").read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def prepare(folder, target):
    """The target's file, for this Python and with a function in front that takes down what comes."""
    file = folder / "targets" / target / "target.toml"
    text = file.read_text().replace("../../.venv/bin/python", sys.executable)
    module, function = re.search(r'"(\w+)\.(\w+)"$', text, re.M).groups()
    file.write_text(text.replace(f'"{module}.{function}"', f'"recorder.{function}"'))
    recorder = RECORDER.format(module=module, function=function, log=str(folder / f"{target}.seen"))
    (file.parent / "recorder.py").write_text(recorder)


class Agent:
    def __init__(self, folder, gateway, urls):
        self.folder, self.gateway, self.urls = folder, gateway, urls
        self.run("tenant", "create", "docs")
        self.key = json.loads(self.run("key", "issue", "docs", "-o", "json"))["key"]
        self.client = boto3.client(
            "lambda", endpoint_url=urls["lambda"], region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local-secret"
        )

    def run(self, *words):
        command = [self.gateway, *words, "--config", self.folder / "gateway.toml"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def await_tools(self, wanted):
        deadline = time.monotonic() + 60
        while absent := set(wanted) - {tool["name"] for tool in self.ask("tools/list", {})["tools"]}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not listed: {sorted(absent)}")
            time.sleep(0.05)

    def visit(self, target):
        log = self.folder / f"{target}.seen"
        lists = log.read_text().splitlines() if log.exists() else []
        seen = {"list": self.exchange(target, json.loads(lists[-1]))} if lists else {}
        for kind, arguments in CALLS.items():
            result = self.ask("tools/call", {"name": f"{target}___greet", "arguments": arguments})
            del result["_meta"]["io.modelcontextprotocol/serverInfo"]
            if not result["_meta"]:
                del result["_meta"]
            seen[kind] = {**self.exchange(target, json.loads(log.read_text().splitlines()[-1])), "result": result}
        return seen

    def exchange(self, target, recorded):
        """What was sent, and what is answered when the same is sent once more. The functions have the names of their targets."""
        more = {}
        if recorded["context"]:
            more["ClientContext"] = base64.b64encode(json.dumps(recorded["context"]).encode()).decode()
        answer = self.client.invoke(FunctionName=target, Payload=json.dumps(recorded["event"]), **more)
        return {"sent": recorded["event"], "context": recorded["context"], "answered": json.load(answer["Payload"])}

    def ask(self, method, params):
        version = "2026-07-28"
        params = {
            **params,
            "_meta": {"io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {}},
        }
        fields = {
            "Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": version, "Mcp-Method": method,
        }
        if "name" in params:
            fields["Mcp-Name"] = params["name"]
        body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode()
        return json.loads(urllib.request.urlopen(urllib.request.Request(self.urls["agents"], body, fields), timeout=30).read())["result"]


def target_of(what):
    """The target that a file or an exchange belongs to."""
    return what.split("/")[1] if what.startswith("targets/") else what.split()[0]


def wanted(seen, what):
    target, kind, part = what.split()
    return seen[target][kind][part]


def compare(shown, found, path="$"):
    """Where the two differ first; None when they don't. Text that is JSON is compared as that."""
    if isinstance(shown, str) and isinstance(found, str):
        try:
            shown, found = json.loads(shown), json.loads(found)
        except ValueError:
            return None if shown == found else f"{path} is {found!r}, not {shown!r}"
    if isinstance(shown, dict) and isinstance(found, dict):
        if shown.keys() != found.keys():
            return f"{path} has {sorted(found)}, not {sorted(shown)}"
        differences = (compare(shown[name], found[name], f"{path}.{name}") for name in shown if name not in VARYING)
        return next((difference for difference in differences if difference), None)
    if isinstance(shown, list) and isinstance(found, list) and len(shown) == len(found):
        differences = (compare(*pair, f"{path}[{index}]") for index, pair in enumerate(zip(shown, found)))
        return next((difference for difference in differences if difference), None)
    return None if shown == found else f"{path} is {json.dumps(found)}, not {json.dumps(shown)}"


def written(match, seen):
    kind, what, language, body = match.groups()
    if kind == "file":
        return match[0]
    value = shown(wanted(seen, what))
    if compare(json.loads(body or "null"), value) is None:
        return match[0]  # formatted by hand, or with the ids of another run
    return f"<!-- wire: {what} -->\n```{language}\n{laid_out(value)}\n```\n"


def laid_out(value, indent=""):
    """JSON on as few lines as have room for it."""
    text = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(text) <= 140 or not isinstance(value, (dict, list)):
        return text
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(name)}: {laid_out(member, inner)}" for name, member in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + laid_out(entry, inner) for entry in value) + f"\n{indent}]"


def shown(value, name=""):
    """The value as the document shows it: of what differs each time, the kind."""
    if isinstance(value, dict):
        return {name: shown(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return ["…"] if name == "stackTrace" else [shown(entry, name) for entry in value]
    return "…" if name in VARYING and isinstance(value, str) and len(value) > 20 else value


if __name__ == "__main__":
    main()
