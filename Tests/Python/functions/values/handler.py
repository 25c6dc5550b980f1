"""A plain function that returns every kind of value, and notes each event that it gets beside its code."""

import json
from pathlib import Path

NOTES = Path(__file__).with_name("events.jsonl")


def fail():
    raise ValueError("no such kind of value: secret-free words")


VALUES = {
    "object": lambda: {"temperature": 4.5, "city": "Tromsø"},
    "array": lambda: [1, "two", None],
    "string": lambda: "It is noon.",
    "dumped": lambda: json.dumps({"a": 1}),
    "number": lambda: 42,
    "nothing": lambda: None,
    "nan": lambda: {"x": float("nan")},
    "bytes": lambda: b"\x89PNG\r\n",
    "text": lambda: b"plain text",
    "proxy": lambda: {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": '{"a": 1}'},
    "missing": lambda: {"statusCode": 404, "body": '{"message": "no such city"}'},
    "result": lambda: {"content": [{"type": "text", "text": "out of stock"}], "isError": True},
    "set": lambda: {1, 2},
    "raise": fail,
}


def handler(event, context):
    with NOTES.open("a") as notes:
        print(json.dumps(event), file=notes)
    return VALUES[event["kind"]]()
