"""One call at a time (`concurrency = 1` in target.toml): a second call while `hold` runs is throttled."""

import json
import time


def handler(event, context):
    if event.get("method") == "tools/list":
        schema = {"type": "object", "properties": {"seconds": {"type": "number"}}}
        return answer({"tools": [{"name": "hold", "description": "Keeps the only slot", "inputSchema": schema}]})
    seconds = float((event["params"].get("arguments") or {}).get("seconds", 1))
    time.sleep(seconds)
    return answer({"content": [{"type": "text", "text": f"held for {seconds} s"}]})


def answer(result):
    return {"statusCode": 200, "body": json.dumps(result)}
