"""Calls a tool that answers odd forms, and judges what the gateway made of each, as agents and parsers would.

  odd_answers.py URL [--schemas FOLDER] [--rounds N]

The key comes from MCP_GATEWAY_KEY. For every form: the answer in each protocol version is JSON that a strict parser
takes, its result validates against `CallToolResult` of the version's schema.json in FOLDER, and the official client
reads it in both eras without an exception. Prints one JSON line, {"forms", "answers", "validated", "read"}; exit status
1 with the faults on stderr. The forms come from a fixed seed.
"""

import argparse
import asyncio
import json
import os
import random
import sys
from pathlib import Path

import httpx2
import jsonschema
import pydantic_core
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

MODERN = "2026-07-28"
VERSIONS = ["2025-03-26", "2025-06-18", "2025-11-25", MODERN]
TOOL = "odd___answer"

TEXT = {"type": "text", "text": "fine", "annotations": {"audience": ["user"], "priority": 0.5}, "_meta": {"a": 1}}
IMAGE = {"type": "image", "data": "QQ==", "mimeType": "image/png"}
RESOURCE = {"type": "resource", "resource": {"uri": "memo:1", "text": "t", "mimeType": "text/plain"}}
BLOB = {"type": "resource", "resource": {"uri": "memo:1", "blob": "QQ==", "_meta": {}}}
LINK = {
    "type": "resource_link", "uri": "https://a.example/x", "name": "n", "title": "t", "size": 5, "description": "d",
    "icons": [{"src": "data:,", "sizes": ["48x48"], "mimeType": "image/png", "theme": "dark"}],
    "annotations": {"lastModified": "2026-11-29T08:00:00Z"},
}
SEEDS = [
    {"content": [TEXT, IMAGE], "isError": False},
    {"content": [RESOURCE, BLOB, LINK], "_meta": {"progressToken": 1}},
    {"content": [TEXT], "structuredContent": {"a": [1, {"b": None}]}, "isError": True},
    {"content": [], "structuredContent": {"a": 1}, "resultType": "complete"},
    {"content": [{"type": "audio", "data": "QQ==", "mimeType": "audio/wav"}, LINK]},
]
ODD = [None, 5, -0.5, True, "x", "", [], {}, [None], {"a": None}, "\ud800", "2026-13-01", ["user", "all"], 10 ** 4999]


def forms(rounds):
    """Texts that the function answers with."""
    chosen = random.Random(7)
    for round in range(rounds):
        form = json.loads(json.dumps(SEEDS[round % len(SEEDS)]))
        for _ in range(chosen.randrange(3)):
            mutate(form, chosen)
        text = dumped(form)
        for wrap in chosen.choice([[], [wrapper], [json.dumps], [json.dumps, wrapper], [event, wrapper], [rpc]]):
            text = wrap(text)
        yield text


def mutate(form, chosen):
    """Puts an odd value somewhere into the form, or takes a member out."""
    place = form
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = chosen.choice(keys)
        if isinstance(place[key], (dict, list)) and place[key] and chosen.random() < 0.7:
            place = place[key]
        elif isinstance(place, dict) and chosen.random() < 0.2:
            del place[key]
            return
        else:
            place[key] = chosen.choice(ODD)
            return


def dumped(form):
    sys.set_int_max_str_digits(0)
    return json.dumps(form)


def wrapper(text):
    return json.dumps({"statusCode": 200, "body": text})


def event(text):
    return f"event: message\ndata: {rpc(text)}\n\n"


def rpc(text):
    return f'{{"jsonrpc":"2.0","id":1,"result":{text}}}'


class Judge:
    def __init__(self, schemas):
        self.validators = {version: validator(schemas, version) for version in VERSIONS} if schemas else {}
        self.counts = {"forms": 0, "answers": 0, "validated": 0, "read": 0}
        self.faults = []

    def answer(self, version, form, status, body):
        """What a strict parser and the schema say of one HTTP answer."""
        self.counts["answers"] += 1
        try:
            message = pydantic_core.from_json(body)
        except ValueError as error:
            return self.fault(version, form, body, error)
        if status != 200 or "result" not in message:
            return self.fault(version, form, body, f"status {status} without a result")
        if version in self.validators:
            self.counts["validated"] += 1
            for error in self.validators[version].iter_errors(message["result"]):
                self.fault(version, form, body, error.message)

    def fault(self, version, form, body, error):
        self.faults.append(f"{version}: {error}\n  from {form[:500]}\n  to {bytes(body)[:500]}")


def validator(schemas, version):
    schema = json.loads((Path(schemas) / f"{version}.json").read_text())
    place = "$defs" if "$defs" in schema else "definitions"
    root = {"$ref": f"#/{place}/CallToolResult", place: schema[place]}
    return jsonschema.validators.validator_for(schema)(root)


async def ask(http, url, version, form):
    """One call, as raw as can be."""
    params = {"name": TOOL, "arguments": {"payload": form}}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": version}
    if version == MODERN:
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": TOOL}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return await http.post(url, json=message, headers=headers)


async def visit(options, judge):
    headers = {"Authorization": f"Bearer {os.environ['MCP_GATEWAY_KEY']}"}
    texts = list(forms(options.rounds))
    judge.counts["forms"] = len(texts)
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        for text in texts:
            for version in VERSIONS:
                response = await ask(http, options.url, version, text)
                judge.answer(version, text, response.status_code, response.content)
        for mode in ["auto", "legacy"]:
            transport = streamable_http_client(options.url, http_client=http)
            async with Client(transport, mode=mode, cache=None) as client:
                for text in texts:
                    try:
                        await client.call_tool(TOOL, {"payload": text})
                        judge.counts["read"] += 1
                    except Exception as error:  # anything that a client raises is the fault we look for
                        judge.fault(mode, text, b"", f"{type(error).__name__}: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--schemas")
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    judge = Judge(options.schemas)
    asyncio.run(visit(options, judge))
    print(json.dumps(judge.counts))
    if judge.faults:
        print("\n".join(judge.faults[:10]), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
