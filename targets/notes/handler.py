"""A team's notes as a Lambda function: Python's own library and nothing else, as far as a small function needs it.

The notes are in one file of the execution environment's /tmp: they outlive calls, not the environment. A team that means to
keep them puts them into DynamoDB; the tools stay the same.
"""

import fcntl
import json
import os
from contextlib import contextmanager
from datetime import datetime, timezone

FILE = os.environ.get("NOTES_FILE", f"/tmp/mcp-notes-{os.getuid()}.json")
NOTES_MAX, TEXT_MAX = 1000, 4000
FIRST = [
    {"id": 1, "text": "Release 0.2 ships on Thursday; Ada writes the notes.", "at": "2026-11-20T09:00:00+00:00"},
    {"id": 2, "text": "The search index is rebuilt on Mondays at 06:00 UTC.", "at": "2026-11-21T15:30:00+00:00"},
]


def add_note(text):
    """Adds a note."""
    if not text.strip() or len(text) > TEXT_MAX:
        raise Refused(f"text must have 1 to {TEXT_MAX} characters")
    with notes() as kept:
        if len(kept) >= NOTES_MAX:
            raise Refused(f"there are {NOTES_MAX} notes already; delete some")
        at = datetime.now(timezone.utc).isoformat(timespec="seconds")
        note = {"id": max((note["id"] for note in kept), default=0) + 1, "text": text, "at": at}
        kept.append(note)
    return {"note": note}


def list_notes(limit=20):
    """Lists the latest notes, newest first."""
    with notes() as kept:
        return {"notes": kept[::-1][:limit], "count": len(kept)}


def search_notes(query):
    """Finds the notes that hold every word of a query, newest first."""
    words = query.lower().split()
    with notes() as kept:
        found = [note for note in kept[::-1] if all(word in note["text"].lower() for word in words)]
    return {"notes": found, "count": len(found)}


def delete_note(id):
    """Deletes a note by its number."""
    with notes() as kept:
        for index, note in enumerate(kept):
            if note["id"] == id:
                return {"note": kept.pop(index)}
    raise Refused(f"there is no note {id}")


def takes(required, **properties):
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
SCHEMAS = {
    add_note: takes(["text"], text=TEXT),
    list_notes: takes([], limit={"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    search_notes: takes(["query"], query={"type": "string", "description": "Words, all of which a note must hold"}),
    delete_note: takes(["id"], id={"type": "integer", "minimum": 1}),
}
HINTS = {add_note: {"readOnlyHint": False, "destructiveHint": False}, delete_note: {"destructiveHint": True}}
TOOLS = {
    tool.__name__: {
        "name": tool.__name__,
        "description": tool.__doc__,
        "inputSchema": schema,
        "annotations": HINTS.get(tool, {"readOnlyHint": True}),
    }
    for tool, schema in SCHEMAS.items()
}


class Refused(Exception):
    """What a tool doesn't do; the text is for the model."""


def handler(event, context):
    """`{"method", "params"}` in, `{"statusCode", "body"}` out; the body is the MCP result as JSON text."""
    method = event.get("method") if isinstance(event, dict) else None
    if method == "tools/list":
        return answer({"tools": list(TOOLS.values())})
    params = event.get("params") if method == "tools/call" else None
    if not isinstance(params, dict) or not isinstance(params.get("name"), str):
        return {"statusCode": 400, "body": json.dumps({"error": "this function knows tools/list, and tools/call with a name"})}
    try:
        result = call(params["name"], params.get("arguments") or {})
    except Refused as refusal:
        return answer({"content": [{"type": "text", "text": str(refusal)}], "isError": True})
    return answer({"content": [{"type": "text", "text": json.dumps(result)}], "structuredContent": result})


def call(name, arguments):
    tool = next((tool for tool in SCHEMAS if tool.__name__ == name), None)
    if tool is None:
        raise Refused(f"Unknown tool: {name}")
    known = SCHEMAS[tool]["properties"]
    for argument in SCHEMAS[tool]["required"]:
        if argument not in arguments:
            raise Refused(f"arguments.{argument} is missing")
    for argument, value in arguments.items():
        if argument not in known:
            raise Refused(f"arguments.{argument} is unknown")
        wanted = {"string": str, "integer": int}[known[argument]["type"]]
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise Refused(f"arguments.{argument} must be of type {known[argument]['type']}")
    return tool(**arguments)


def answer(result):
    return {"statusCode": 200, "body": json.dumps(result)}


@contextmanager
def notes():
    """The notes, oldest first; what is changed in the list is kept. One at a time, of all processes on this machine."""
    file = os.open(FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        with open(file, "r+", closefd=False) as opened:
            before = opened.read()
            kept = json.loads(before) if before else [dict(note) for note in FIRST]
            yield kept
            after = json.dumps(kept)
            if after != before:
                opened.seek(0)
                opened.write(after)
                opened.truncate()
    finally:
        os.close(file)
