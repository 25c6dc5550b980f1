"""A third party's Lambda with functions to discover: moto's server.

Prints one JSON line when ready: {"endpoint", "functions": {name: {"arn", "description", "tags"}}}; ends when stdin does.
Signatures aren't checked: moto can't check those of GETs.
"""

import io
import json
import logging
import os
import sys
import zipfile

import boto3
from moto.server import ThreadedMotoServer

ADMIN = {"aws_access_key_id": "admin", "aws_secret_access_key": "admin", "region_name": "eu-central-1"}


def main():
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://%s:%s" % server.get_host_and_port()
    role = boto3.client("iam", endpoint_url=endpoint, **ADMIN).create_role(
        RoleName="own", AssumeRolePolicyDocument="{}"
    )["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): return event\n")
    client = boto3.client("lambda", endpoint_url=endpoint, **ADMIN)
    functions = {}
    for number in range(12):
        name = f"mcp2-tool-{number}"
        tags = {"team": "a/b ü", "n": str(number)} if number % 3 else {}
        made = client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="f.handler",
            Code={"ZipFile": code.getvalue()},
            Description=f"The tool {number}",
            Tags=tags,
        )
        functions[name] = {"arn": made["FunctionArn"], "description": f"The tool {number}", "tags": tags}
    print(json.dumps({"endpoint": endpoint, "functions": functions}), flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
