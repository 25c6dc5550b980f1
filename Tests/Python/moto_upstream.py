"""A third party's Lambda behind the gateway: moto's server, without docker, checking signatures.

  moto_upstream.py [--functions NAME,NAME] [--region R] [--no-auth]

Prints one JSON line when ready: {"endpoint", "region", "accessKeyId", "secretAccessKey", "roleArn", "functions"}.
Then reads stdin: each line is the payload of one coming Invoke, JSON or text as it is, and is acknowledged with the
line "queued". moto hands payloads out first in, first out, whichever function is invoked; with none queued an Invoke
answers its own request payload. Ends when stdin does.

The credentials are an IAM user's that may invoke and nothing else. moto checks the signatures of Invoke (a wrong secret
is 403 SignatureDoesNotMatch, an unknown key 403 InvalidClientTokenId, as XML), but it fails every signed GET.
"""

import argparse
import io
import json
import logging
import os
import sys
import urllib.request
import zipfile

import boto3
from moto.server import ThreadedMotoServer

ADMIN = {"aws_access_key_id": "admin", "aws_secret_access_key": "admin"}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:Invoke*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def main():
    options = parse()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://%s:%s" % server.get_host_and_port()
    # Must come before any function exists, because moto keeps the functions of the two modes apart.
    ask(endpoint, "config", {"lambda": {"use_docker": False}})
    ready = create(endpoint, options.region, options.functions.split(","))
    if not options.no_auth:
        ask(endpoint, "reset-auth", 0, content_type="text/plain")
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        body = {"results": [line.rstrip("\n")], "region": options.region}
        ask(endpoint, "static/lambda-simple/response", body)
        print("queued", flush=True)
    server.stop()


def create(endpoint, region, functions):
    """Makes a user that may invoke, a role for the functions, and the functions."""
    iam = boto3.client("iam", endpoint_url=endpoint, region_name=region, **ADMIN)
    iam.create_user(UserName="gateway")
    iam.put_user_policy(UserName="gateway", PolicyName="invoke", PolicyDocument=json.dumps(POLICY))
    key = iam.create_access_key(UserName="gateway")["AccessKey"]
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    lambdas = boto3.client("lambda", endpoint_url=endpoint, region_name=region, **ADMIN)
    for name in functions:
        lambdas.create_function(
            FunctionName=name, Runtime="python3.13", Role=role, Handler="handler.handler", Code={"ZipFile": code()}
        )
    return {
        "endpoint": endpoint,
        "region": region,
        "accessKeyId": key["AccessKeyId"],
        "secretAccessKey": key["SecretAccessKey"],
        "roleArn": role,
        "functions": functions,
    }


def code():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.py", "def handler(event, context):\n    return event\n")
    return archive.getvalue()


def ask(endpoint, path, body, content_type="application/json"):
    """One request to moto's own API, which no signature guards."""
    request = urllib.request.Request(
        f"{endpoint}/moto-api/{path}", data=json.dumps(body).encode(), headers={"Content-Type": content_type}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--functions", default="mcp-server-time", help="names, separated by commas")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--no-auth", action="store_true", help="check no signatures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
