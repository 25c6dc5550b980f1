"""A Lambda runtime for functions that stream their answers.  bootstrap.py MODULE.FUNCTION

Calls FUNCTION(event, context, write) for each event. `write(bytes)` sends a chunk at once; `write.http(status, headers)` comes
before it where the answer is one of HTTP. An exception becomes an error report, or trailers once something was written.

Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", "Response streaming"
"""

import base64
import http.client
import importlib
import json
import os
import sys
import traceback

ROOT = "/2018-06-01/runtime"


class Context:
    """What a function is told about its invocation."""

    def __init__(self, fields):
        self.aws_request_id = fields["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = fields["Lambda-Runtime-Invoked-Function-Arn"]
        self.deadline_ms = int(fields["Lambda-Runtime-Deadline-Ms"])
        self.trace_id = fields["Lambda-Runtime-Trace-Id"]
        self.client_context = json.loads(fields.get("Lambda-Runtime-Client-Context") or "null")


class Writer:
    """The answer to one event; its head is sent with the first chunk, or with the end."""

    def __init__(self, connection, request_id):
        self.connection = connection
        self.path = f"{ROOT}/invocation/{request_id}"
        self.content_type = "application/octet-stream"
        self.has_begun = False

    def __call__(self, chunk):
        self.begin()
        if chunk:
            self.connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))

    def begin(self):
        if self.has_begun:
            return
        self.has_begun = True
        self.connection.putrequest("POST", self.path + "/response")
        self.connection.putheader("Content-Type", self.content_type)
        self.connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
        self.connection.putheader("Transfer-Encoding", "chunked")
        self.connection.endheaders()

    def http(self, status, headers):
        """Begins an answer of HTTP: its status and fields, then eight zeros, then the body."""
        self.content_type = "application/vnd.awslambda.http-integration-response"
        self(json.dumps({"statusCode": status, "headers": headers}).encode() + bytes(8))

    def end(self):
        self.begin()
        self.connection.send(b"0\r\n\r\n")
        self.connection.getresponse().read()

    def fail(self, error):
        report = {
            "errorType": type(error).__name__,
            "errorMessage": str(error),
            "stackTrace": traceback.format_tb(error.__traceback__),
        }
        body = json.dumps(report).encode()
        if not self.has_begun:
            self.connection.request("POST", self.path + "/error", body)
        else:
            kind, text = report["errorType"].encode(), base64.b64encode(body)
            self.connection.send(
                b"0\r\nLambda-Runtime-Function-Error-Type: %b\r\nLambda-Runtime-Function-Error-Body: %b\r\n\r\n" % (kind, text)
            )
        self.connection.getresponse().read()


def main():
    module, _, name = sys.argv[1].rpartition(".")
    sys.path.insert(0, os.environ.get("LAMBDA_TASK_ROOT", os.getcwd()))
    function = getattr(importlib.import_module(module), name)
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", ROOT + "/invocation/next")
        response = connection.getresponse()
        event, context = response.read(), Context(response.headers)
        write = Writer(connection, context.aws_request_id)
        try:
            function(json.loads(event), context, write)
        except Exception as error:
            write.fail(error)
        else:
            write.end()


main()
