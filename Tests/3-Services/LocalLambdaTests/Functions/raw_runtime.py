"""A runtime of our own: shows what the Runtime API sends, and does what a good runtime would not."""

import http.client
import json
import os
import socket
import sys
import time

ROOT = "/2018-06-01/runtime"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def ask(method, path, body=None, headers={}):
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    return response, response.read().decode()


def outcome(method, path, body="{}", headers={}):
    response, text = ask(method, path, body, headers)
    return {"status": response.status, "type": response.getheader("Content-Type"), "body": json.loads(text)}


def break_off():
    """Asks for an event and hangs up before there is one."""
    with socket.create_connection((connection.host, connection.port)) as plain:
        plain.sendall(f"GET {ROOT}/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.05)


while True:
    response, event = ask("GET", ROOT + "/invocation/next")
    request = response.getheader("Lambda-Runtime-Aws-Request-Id")
    do = json.loads(event).get("do")
    result = {}
    if do == "headers":
        result = {"status": response.status, "headers": response.getheaders(), "event": event}
    if do == "misbehave":
        other = "00000000-0000-4000-8000-000000000000"
        result = {
            "next while busy": outcome("GET", ROOT + "/invocation/next", None),
            "another id": outcome("POST", f"{ROOT}/invocation/{other}/response"),
            "late init error": outcome("POST", ROOT + "/init/error"),
            "restore": outcome("GET", ROOT + "/restore/next", None),
            "unknown path": outcome("GET", "/2018-06-01/runtime/nothing", None),
            "other version": outcome("GET", "/2019-01-01/runtime/invocation/next", None),
            "extension": outcome("POST", "/2020-01-01/extension/register"),
        }
    if do == "twice":
        ask("POST", f"{ROOT}/invocation/{request}/response", '"first"')
        print("second answer:", outcome("POST", f"{ROOT}/invocation/{request}/response", '"second"')["status"])
        sys.stdout.flush()
        continue
    if do == "chunks":
        # As chunks, but not as a stream: an answer like any other.
        connection.request("POST", f"{ROOT}/invocation/{request}/response", iter([b'"in', b' chunks"']), encode_chunked=True)
        print("chunks:", connection.getresponse().read().decode().strip(), flush=True)
        continue
    if do == "stream for others":
        mode = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked"}
        for target in ["0", request, request]:
            connection.request("POST", f"{ROOT}/invocation/{target}/response", iter([b"mine"]), mode, encode_chunked=True)
            print(connection.getresponse().status, flush=True)
            connection.close()
        continue
    if do == "large header":
        cause = "c" * 1_048_576
        ask(
            "POST",
            f"{ROOT}/invocation/{request}/error",
            '{"errorType":"Raw"}',
            {"Lambda-Runtime-Function-XRay-Error-Cause": cause},
        )
        continue
    if do == "break off":
        ask("POST", f"{ROOT}/invocation/{request}/response", '"broken off"')
        break_off()
        print("broke off", flush=True)
        time.sleep(0.05)
        continue
    if do == "close":
        # Gives up its connection after the answer and comes back on a new one.
        ask("POST", f"{ROOT}/invocation/{request}/response", '"closed"', {"Connection": "close"})
        connection.close()
        continue
    ask("POST", f"{ROOT}/invocation/{request}/response", json.dumps(result), {"Content-Type": "application/json"})
