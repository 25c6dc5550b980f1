"""A list of 25 tools in pages of 10: `nextCursor` has to be followed to see them all.

PAGES_FAULT=loop makes the cursor never end; PAGES_FAULT=break fails the second page.
"""

import json
import os

COUNT, SIZE = 25, 10


def handler(event, context):
    params = event.get("params") or {}
    if event.get("method") == "tools/call":
        return answer({"content": [{"type": "text", "text": params["name"]}]})
    start = int((params.get("cursor") or "page-0").removeprefix("page-")) * SIZE
    fault = os.environ.get("PAGES_FAULT")
    if fault == "break" and start > 0:
        raise RuntimeError("the second page is broken")
    if fault == "loop":
        return answer({"tools": tools(0, SIZE), "nextCursor": "page-0"})
    page = {"tools": tools(start, min(start + SIZE, COUNT))}
    if start + SIZE < COUNT:
        page["nextCursor"] = f"page-{start // SIZE + 1}"
    return answer(page)


def tools(start, end):
    return [
        {"name": f"tool_{number:02}", "description": f"number {number}", "inputSchema": {"type": "object"}}
        for number in range(start, end)
    ]


def answer(result):
    return {"statusCode": 200, "body": json.dumps(result)}
