"""A client of 2025-11-25 whose connection breaks while a tool asks it: comes back with Last-Event-ID, answers, prints one JSON line.

  agent_resume.py URL     the key comes from MCP_GATEWAY_KEY
"""

import json
import os
import sys

import httpx2

url = sys.argv[1]
headers = {
    "Authorization": f"Bearer {os.environ['MCP_GATEWAY_KEY']}",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-11-25",
}


def message(method, params, id):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def events(lines):
    """Each event of a stream, as its fields."""
    event = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line:
            event[name] = value.removeprefix(" ")
        else:
            yield event
            event = {}


with httpx2.Client(headers=headers, timeout=30) as http:
    client = {"name": "resume", "version": "1"}
    begun = {"protocolVersion": "2025-11-25", "capabilities": {"elicitation": {}}, "clientInfo": client}
    http.headers["Mcp-Session-Id"] = http.post(url, json=message("initialize", begun, 0)).headers["Mcp-Session-Id"]
    tool = {"name": "input___test_input_required_result_elicitation", "arguments": {}}
    with http.stream("POST", url, json=message("tools/call", tool, 1)) as answer:
        first = next(events(answer.iter_lines()))
    seen = []
    get = {"Accept": "text/event-stream", "Last-Event-ID": first["id"]}
    with http.stream("GET", url, headers=get) as stream:
        for event in events(stream.iter_lines()):
            said = json.loads(event["data"])
            seen.append(said.get("method") or said["result"]["content"][0]["text"])
            if "method" in said:
                result = {"action": "accept", "content": {"name": "Ada"}}
                status = http.post(url, json={"jsonrpc": "2.0", "id": said["id"], "result": result}).status_code
    wrong = http.get(url, headers=get | {"Last-Event-ID": "ev-" + "0" * 32 + "-1"}).status_code
    print(json.dumps({"first": first, "seen": seen, "status": status, "wrong": wrong}))
