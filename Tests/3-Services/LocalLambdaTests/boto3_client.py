"""boto3 against a local Lambda: prints one JSON object, what each call came to.  boto3_client.py ENDPOINT"""

import base64
import datetime
import io
import json
import sys
from unittest import mock

import boto3
import botocore.auth
from botocore.config import Config
from botocore.exceptions import ClientError

KEY, SECRET = "AKIATEST", "test-secret"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:sample"


def connect(key=KEY, secret=SECRET, token=None):
    return boto3.client(
        "lambda",
        endpoint_url=sys.argv[1],
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
    )


client = connect()


def invoke(event=None, client=client, **more):
    if event is not None:
        more["Payload"] = json.dumps(event)
    answer = client.invoke(FunctionName=more.pop("name", "sample"), **more)
    kept = {key: answer.get(key) for key in ("StatusCode", "FunctionError", "ExecutedVersion") if key in answer}
    kept["payload"] = answer["Payload"].read().decode()
    kept["request"] = answer["ResponseMetadata"]["RequestId"]
    if "LogResult" in answer:
        kept["log"] = base64.b64decode(answer["LogResult"]).decode()
    return kept


def refusal(call):
    try:
        call()
        return "accepted"
    except ClientError as error:
        reply = error.response
        return {
            "class": type(error).__name__,
            "code": reply["Error"]["Code"],
            "message": reply["Error"]["Message"],
            "status": reply["ResponseMetadata"]["HTTPStatusCode"],
            "reason": reply.get("Reason"),
        }


def an_hour_ago(remove_tzinfo=True):
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(hours=1)


def skewed():
    with mock.patch.object(botocore.auth, "get_current_datetime", an_hour_ago):
        return refusal(client.list_functions)


client.get_waiter("function_active_v2").wait(FunctionName="sample", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
context = base64.b64encode(json.dumps({"custom": {"tool": "a___b"}}).encode()).decode()
print(
    json.dumps(
        {
            "invoke": invoke({"a": 1}, LogType="Tail"),
            "no payload": invoke(),
            "stream": client.invoke(FunctionName="sample", Payload=io.BytesIO(b"[1]"))["Payload"].read().decode(),
            "context": invoke({"do": "context"}, ClientContext=context, TenantId="tenant 1"),
            "arn": invoke({}, name=ARN),
            "arn and qualifier": invoke({}, name=ARN + ":$LATEST", Qualifier="$LATEST"),
            "alias": invoke({"do": "context"}, name="sample:live"),
            "failure": invoke({"do": "fail"}),
            "event": invoke({}, InvocationType="Event"),
            "dry run": invoke({}, InvocationType="DryRun"),
            "list": [function["FunctionName"] for page in pages for function in page["Functions"]],
            "function": client.get_function(FunctionName="sample")["Configuration"]["FunctionArn"],
            "configuration": client.get_function_configuration(FunctionName=ARN)["Timeout"],
            "tags": client.list_tags(Resource=ARN)["Tags"],
            "not found": refusal(lambda: client.invoke(FunctionName="nosuch")),
            "wrong name": refusal(lambda: client.get_function(FunctionName="a!")),
            "not json": refusal(lambda: client.invoke(FunctionName="sample", Payload=b"{")),
            "too large": refusal(lambda: client.invoke(FunctionName="sample", Payload=b'"%s"' % (b"x" * 6_291_455))),
            "wrong secret": refusal(lambda: connect(secret="wrong").invoke(FunctionName="sample")),
            "unknown key": refusal(lambda: connect(key="AKIANOBODY").list_functions()),
            "unknown token": refusal(lambda: connect(token="nosuch").list_functions()),
            "skew": skewed(),
        }
    )
)
