"""Every way in which a function can go wrong, one tool each. See TOOLS for what each does."""

import json
import os
import signal
import sys
import time


def raise_error(arguments):
    raise ValueError(arguments.get("text", "this tool always fails"))


def raise_deep(arguments):
    """A stack of many frames: the runtime posts it in a header of up to a megabyte."""

    def down(depth):
        if depth == 0:
            raise RuntimeError("at the bottom")
        down(depth - 1)

    sys.setrecursionlimit(10_000)
    down(int(arguments.get("depth", 900)))


def exit_process(arguments):
    os._exit(int(arguments.get("code", 3)))


def sys_exit(arguments):
    sys.exit(int(arguments.get("code", 1)))


def kill_self(arguments):
    os.kill(os.getpid(), getattr(signal, arguments.get("signal", "SIGKILL")))
    time.sleep(60)


def sleep(arguments):
    time.sleep(float(arguments.get("seconds", 60)))
    return answer({"content": [text("slept")]})


def spawn_and_sleep(arguments):
    """A child that outlives a kill of its parent alone: only killing the process group ends both."""
    child = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600")
    print(f"child {child}", flush=True)
    time.sleep(float(arguments.get("seconds", 60)))
    return answer({"content": [text("slept")]})


def allocate(arguments):
    """Touches `megabytes` of memory, then holds them for `seconds`."""
    block = bytearray(int(arguments.get("megabytes", 512)) << 20)
    block[:: 4096] = b"x" * len(block[::4096])
    time.sleep(float(arguments.get("seconds", 0)))
    return answer({"content": [text(f"{len(block)} bytes")]})


def huge(arguments):
    return answer({"content": [text("x" * int(arguments.get("bytes", 7_000_000)))]})


def not_finite(arguments):
    """The runtime writes NaN, which is not JSON."""
    return {"statusCode": 200, "body": float("nan")}


def raw_bytes(arguments):
    """The runtime sends bytes as they are, with no JSON about them."""
    return b"\x00\xffnot json"


def nothing(arguments):
    return None


def no_body(arguments):
    return {"statusCode": 200}


def bad_body(arguments):
    return {"statusCode": 200, "body": "{not json"}


def status(arguments):
    return {"statusCode": int(arguments.get("code", 503)), "body": json.dumps({"error": "the function is unwell"})}


def unmarshalable(arguments):
    return {"statusCode": 200, "body": object()}


def tool_error(arguments):
    return answer({"content": [text("the tool says no")], "isError": True})


def echo(arguments):
    return answer({"content": [text(json.dumps(arguments))], "structuredContent": arguments})


def log(arguments):
    """Prints `lines` lines: the log tail holds the last 4,096 bytes."""
    for number in range(int(arguments.get("lines", 3))):
        print(f"line {number}")
    return answer({"content": [text("printed")]})


def process(arguments):
    """Which process answers, and for which request: two calls tell a warm start from a cold one."""
    return answer({"content": [text(str(os.getpid()))], "structuredContent": {"pid": os.getpid()}})


def environment(arguments):
    names = sorted(name for name in os.environ if name.startswith(("AWS_", "LAMBDA_", "NOTIFY_", "_", "TZ", "FAULTS_")))
    return answer({"content": [text(" ".join(names))], "structuredContent": {"names": names, "tz": os.environ.get("TZ")}})


TOOLS = [
    raise_error, raise_deep, exit_process, sys_exit, kill_self, sleep, spawn_and_sleep, allocate, huge, not_finite,
    raw_bytes, nothing, no_body, bad_body, status, unmarshalable, tool_error, echo, log, process, environment,
]


def handler(event, context):
    if event.get("method") == "tools/list":
        return answer({"tools": [describe(tool) for tool in TOOLS]})
    name = event["params"]["name"]
    for tool in TOOLS:
        if tool.__name__ == name:
            return tool(event["params"].get("arguments") or {})
    return {"statusCode": 400, "body": json.dumps({"error": f"unknown tool: {name}"})}


def describe(tool):
    title = (tool.__doc__ or tool.__name__.replace("_", " ")).strip()
    return {"name": tool.__name__, "description": title, "inputSchema": {"type": "object"}}


def answer(result):
    return {"statusCode": 200, "body": json.dumps(result)}


def text(value):
    return {"type": "text", "text": value}
