"""One function for the tests of the local Lambda: `do` names what it does."""

import json
import logging
import os
import signal
import subprocess
import sys
import time

STARTED = time.time()
calls = 0


def handler(event, context):
    global calls
    calls += 1
    if not isinstance(event, dict):
        return event
    return globals()["do_" + event.get("do", "echo")](event, context)


def do_echo(event, context):
    return event


def do_who(event, context):
    return {"pid": os.getpid(), "group": os.getpgid(0), "calls": calls}


def do_none(event, context):
    return None


def do_nan(event, context):
    return {"x": float("nan")}


def do_bytes(event, context):
    return b"\x00raw\xff"


def do_fail(event, context):
    raise ValueError("this handler always fails")


def do_deep(event, context):
    """A stack of many frames: the runtime posts it in a header of tens of kilobytes."""
    sys.setrecursionlimit(20_000)

    def down(depth):
        if depth == 0:
            raise RuntimeError("at the bottom")
        down(depth - 1)

    down(event["depth"])


def do_exit(event, context):
    sys.exit(event.get("code", 1))


def do_exit_now(event, context):
    os._exit(event["code"])


def do_kill(event, context):
    os.kill(os.getpid(), getattr(signal, event["signal"]))
    time.sleep(60)


def do_sleep(event, context):
    time.sleep(event["seconds"])
    return {"slept": event["seconds"], "pid": os.getpid()}


def do_hang(event, context):
    """Starts a child that only a kill of the whole process group ends, and writes its process id to a file."""
    child = subprocess.Popen(["sleep", "600"])
    with open(event["file"], "w") as file:
        file.write(str(child.pid))
    time.sleep(600)


def do_large(event, context):
    return "x" * (event["bytes"] - 2)


def do_log(event, context):
    print("to standard output")
    print("to standard error", file=sys.stderr)
    logging.warning("through logging")
    for number in range(event.get("lines", 0)):
        print(f"line {number:06}")
    return None


def do_context(event, context):
    client = context.client_context
    return {
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory": context.memory_limit_in_mb,
        "group": context.log_group_name,
        "stream": context.log_stream_name,
        "remaining": context.get_remaining_time_in_millis(),
        "tenant": context.tenant_id,
        "custom": client.custom if client else None,
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
    }


def do_environment(event, context):
    return {"environment": dict(os.environ), "directory": os.getcwd(), "arguments": sys.argv}


def do_append(event, context):
    """Writes a line to a file, so that an invocation without an answer can be seen. Fails as often as the event says."""
    with open(event["file"], "a") as file:
        file.write(context.aws_request_id + "\n")
    with open(event["file"]) as file:
        if len(file.readlines()) <= event.get("failures", 0):
            raise RuntimeError("not yet")


def do_exit_after_answer(event, context):
    """The process ends after its answer, once the file exists."""
    import threading

    def wait():
        while not os.path.exists(event["file"]):
            time.sleep(0.005)
        os._exit(9)

    threading.Thread(target=wait).start()
    return {"pid": os.getpid()}
