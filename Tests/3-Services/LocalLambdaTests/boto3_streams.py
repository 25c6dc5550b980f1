"""boto3 reads streams of a local Lambda: prints one JSON object, what each came to.

  boto3_streams.py ENDPOINT SCRATCH-FOLDER
  boto3_streams.py ENDPOINT SCRATCH-FOLDER slowly BYTES    reads, pauses after 1 MB until SCRATCH-FOLDER/go is there
"""

import base64
import hashlib
import json
import os
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

ENDPOINT, SCRATCH = sys.argv[1:3]
client = boto3.client(
    "lambda",
    endpoint_url=ENDPOINT,
    region_name="us-east-1",
    aws_access_key_id="AKIATEST",
    aws_secret_access_key="test-secret",
    config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
)


def start(name="streaming", event=None, **more):
    return client.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event or {}), **more)


def read(name="streaming", event=None, each=lambda count: None, **more):
    """A whole stream: the chunks as Latin-1, so that every byte is seen, and the last event."""
    answer = start(name, event, **more)
    fields = answer["ResponseMetadata"]["HTTPHeaders"]
    seen = {
        "status": answer["ResponseMetadata"]["HTTPStatusCode"],
        "type": answer["ResponseStreamContentType"],
        "version": answer["ExecutedVersion"],
        "request": answer["ResponseMetadata"]["RequestId"],
        "trace": fields.get("x-amzn-trace-id"),
        "framing": fields.get("transfer-encoding"),
        "chunks": [],
    }
    try:
        for happened in answer["EventStream"]:
            if "PayloadChunk" in happened:
                seen["chunks"].append(happened["PayloadChunk"]["Payload"].decode("latin-1"))
                each(len(seen["chunks"]))
            else:
                seen["complete"] = happened["InvokeComplete"]
    except EventStreamError as error:
        seen["error"] = {"code": error.response["Error"].get("Code"), "text": str(error)}
    if "LogResult" in seen.get("complete", {}):
        seen["log"] = base64.b64decode(seen["complete"].pop("LogResult")).decode()
    return seen


def gate(name):
    """A gate for the function, and what opens it: each chunk lets the function go on."""
    path = os.path.join(SCRATCH, name)

    def each(count):
        open(f"{path}.{count - 1}" if count > 1 else path, "w").close()

    return path, each


def live(do):
    """Each message is read before the function writes the next one: it waits for a file that this makes."""
    path, each = gate(do)
    return read(event={"do": do, "count": 3, "gate": path}, each=each)


def refusal(**more):
    try:
        start(**more)
        return "accepted"
    except ClientError as error:
        return {
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
        }


def plain(event):
    answer = client.invoke(FunctionName="streaming", Payload=json.dumps(event))
    return {"error": answer.get("FunctionError"), "payload": answer["Payload"].read().decode("latin-1")}


def sizes(seen):
    """Large answers: only how many bytes each chunk has."""
    seen["sizes"] = [len(chunk) for chunk in seen.pop("chunks")]
    return seen


def opened(do, **more):
    """The function goes on to its fault when the first chunk was read."""
    path, each = gate(do)
    return read(event={"do": do, "gate": path, **more}, each=each)


def leave():
    """Goes away after the first chunk."""
    answer = start(event={"do": "large", "size": 24 << 20})
    next(iter(answer["EventStream"]))
    answer["EventStream"].close()


def everything():
    chunks = [bytes(range(256)).hex(), "00", "0d0a300d0a0d0a", "00" * 8]
    leave()
    return {
        "ndjson": live("ndjson"),
        "sse": live("sse"),
        "parts": read(event={"do": "parts", "chunks": chunks}, LogType="Tail"),
        "nothing": read(event={"do": "nothing"}),
        "fails": read(event={"do": "fails"}, LogType="Tail"),
        "fails at once": read(event={"do": "fails", "written": False}),
        "fails at length": read(event={"do": "fails", "size": 100_000}),
        "exits": opened("exits"),
        "closes": opened("closes"),
        "garbles": opened("garbles"),
        "stalls": read("impatient", {"do": "stalls"}, LogType="Tail"),
        "too large": sizes(read(event={"do": "endless"})),
        "value": read("sample", {"a": 1}),
        "none": read("sample", {"do": "none"}),
        "raises": read("sample", {"do": "fail"}, LogType="Tail"),
        "large": sizes(read("sample", {"do": "large", "bytes": 200_000})),
        "dry run": start(InvocationType="DryRun")["ResponseMetadata"]["HTTPStatusCode"],
        "not found": refusal(name="nobody"),
        "event": refusal(InvocationType="Event"),
        "not json": refusal(name="streaming", event=None, Qualifier="nope"),
        "plain": plain({"do": "parts", "chunks": chunks}),
        "plain fails": plain({"do": "fails"}),
        "plain too large": plain({"do": "endless"}),
    }


def slowly(size):
    answer = start(event={"do": "large", "size": size})
    count, digest, complete = 0, hashlib.sha256(), None
    for happened in answer["EventStream"]:
        if "PayloadChunk" not in happened:
            complete = happened["InvokeComplete"]
            continue
        payload = happened["PayloadChunk"]["Payload"]
        digest.update(payload)
        before, count = count, count + len(payload)
        if before < 1 << 20 <= count:
            open(os.path.join(SCRATCH, "paused"), "w").close()
            while not os.path.exists(os.path.join(SCRATCH, "go")):
                time.sleep(0.002)
    wanted = hashlib.sha256(bytes(range(256)) * (size // 256)).hexdigest()
    return {"bytes": count, "same": digest.hexdigest() == wanted, "complete": complete}


print(json.dumps(slowly(int(sys.argv[4])) if sys.argv[3:4] == ["slowly"] else everything()))
