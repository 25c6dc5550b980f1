"""boto3 against the local Lambda: what the gateway, or anyone's AWS tool, will see there.

  boto3_local.py ENDPOINT [--function NAME] [--region R]

Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, those that the local Lambda accepts. The function must be
the `time` sample target. Prints one JSON line {"passed": [names], "failed": {name: reason}}; exit status 1 if any failed.
"""

import argparse
import base64
import datetime
import json
import os
import re
import sys
from unittest import mock

import boto3
import botocore.auth
from botocore.config import Config
from botocore.exceptions import ClientError

CALL = {
    "method": "tools/call",
    "params": {
        "name": "convert_time",
        "arguments": {"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"},
    },
}
REPORT = (
    r"REPORT RequestId: (\S+)\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: \d+ MB\tMax Memory Used: \d+ MB"
)


class Checks:
    """Each method is one check; it returns on success and raises with what was wrong."""

    def __init__(self, options):
        self.options = options
        self.function = options.function
        self.client = self.connect()

    def connect(self, **credentials):
        config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        return boto3.client(
            "lambda", endpoint_url=self.options.endpoint, region_name=self.options.region, config=config, **credentials
        )

    def invoke_lists_tools(self):
        body = self.invoke({"method": "tools/list"})
        expect_equal(sorted(tool["name"] for tool in body["tools"]), ["convert_time", "get_current_time"])

    def invoke_calls_a_tool(self):
        body = self.invoke(CALL)
        expect_equal(body["structuredContent"]["target"]["timezone"], "Asia/Tokyo")

    def invoke_tells_version_and_request_id(self):
        answer = self.client.invoke(FunctionName=self.function, Payload=json.dumps(CALL))
        expect_equal(answer["ExecutedVersion"], "$LATEST")
        expect_equal(len(answer["ResponseMetadata"]["RequestId"]), 36)

    def log_tail_holds_start_end_and_report(self):
        answer = self.client.invoke(FunctionName=self.function, LogType="Tail", Payload=json.dumps(CALL))
        log = base64.b64decode(answer["LogResult"]).decode()
        request = answer["ResponseMetadata"]["RequestId"]
        for wanted in (f"START RequestId: {request} Version: $LATEST\n", f"END RequestId: {request}\n"):
            expect(wanted in log, f"no {wanted!r} in {log!r}")
        report = re.search(REPORT, log)
        expect(report and report.group(1) == request, f"no REPORT line of {request} in {log!r}")

    def dry_run_answers_204(self):
        expect_equal(self.client.invoke(FunctionName=self.function, InvocationType="DryRun")["StatusCode"], 204)

    def invoke_by_arn_and_by_qualifier(self):
        arn = self.configuration()["FunctionArn"]
        for name in (arn, f"{self.function}:$LATEST"):
            expect_equal(self.client.invoke(FunctionName=name, Payload=json.dumps(CALL))["StatusCode"], 200)

    def functions_are_listed(self):
        pages = self.client.get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        expect(self.function in names, f"{self.function} is not among {names}")

    def configuration_is_that_of_the_target_file(self):
        configuration = self.configuration()
        expect_equal(configuration["FunctionName"], self.function)
        expect_equal(configuration["Handler"], "handler.handler")
        expect(configuration["FunctionArn"].endswith(f":function:{self.function}"), configuration["FunctionArn"])
        for name in ("MemorySize", "Timeout"):
            expect(isinstance(configuration[name], int), f"{name} is {configuration[name]!r}")

    def tags_are_listed(self):
        expect(isinstance(self.client.list_tags(Resource=self.configuration()["FunctionArn"])["Tags"], dict), "no Tags")

    def unknown_function_is_not_found(self):
        def invoke():
            return self.client.invoke(FunctionName="nobody-has-this-function")

        expect_refusal(invoke, 404, "ResourceNotFoundException")

    def wrong_secret_is_an_invalid_signature(self):
        key = os.environ["AWS_ACCESS_KEY_ID"]
        client = self.connect(aws_access_key_id=key, aws_secret_access_key="not-the-secret")
        for ask in (lambda: client.invoke(FunctionName=self.function), client.list_functions):
            expect_refusal(ask, 403, "InvalidSignatureException")

    def unknown_key_is_an_unrecognized_client(self):
        client = self.connect(aws_access_key_id="AKIANOBODYHASTHISKEY", aws_secret_access_key="x")
        expect_refusal(lambda: client.invoke(FunctionName=self.function), 403, "UnrecognizedClientException")

    def skewed_clock_is_an_invalid_signature(self):
        def an_hour_ago(remove_tzinfo=True):
            return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(hours=1)

        with mock.patch.object(botocore.auth, "get_current_datetime", an_hour_ago):
            expect_refusal(self.client.list_functions, 403, "InvalidSignatureException", "Signature expired")

    def body_that_is_not_json_is_refused(self):
        def invoke():
            return self.client.invoke(FunctionName=self.function, Payload=b"{not json")

        expect_refusal(invoke, 400, "InvalidRequestContentException")

    def invoke(self, event):
        answer = self.client.invoke(FunctionName=self.function, Payload=json.dumps(event))
        expect("FunctionError" not in answer, f"FunctionError: {answer.get('FunctionError')}")
        payload = json.load(answer["Payload"])
        expect_equal(payload["statusCode"], 200)
        return json.loads(payload["body"])

    def configuration(self):
        return self.client.get_function_configuration(FunctionName=self.function)


class Unexpected(Exception):
    """A check found something else than it wanted."""


def expect(condition, why):
    if not condition:
        raise Unexpected(why)


def expect_equal(found, wanted):
    expect(found == wanted, f"found {found!r}, wanted {wanted!r}")


def expect_refusal(ask, status, code, text=""):
    try:
        ask()
    except ClientError as error:
        found = (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
        expect_equal(found, (status, code))
        expect(text in error.response["Error"]["Message"], f"no {text!r} in {error.response['Error']['Message']!r}")
        return
    raise Unexpected(f"accepted; wanted {status} {code}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("endpoint", help="for example http://127.0.0.1:9001")
    parser.add_argument("--function", default="mcp-server-time")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "us-east-1"))
    checks = Checks(parser.parse_args())
    passed, failed = [], {}
    for name, check in vars(Checks).items():
        if name.startswith("_") or name in ("connect", "invoke", "configuration"):
            continue
        try:
            check(checks)
            passed.append(name)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"
    print(json.dumps({"passed": passed, "failed": failed}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
