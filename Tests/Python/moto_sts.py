"""A third party's STS, Secrets Manager and Parameter Store: moto's server, checking signatures and trust policies.

Prints one JSON line when ready: {"endpoint", "accessKeyId", "secretAccessKey", "roleArn", "userArn"}; ends when stdin does.
The role's trust policy wants the user, and the external id "e-1".
"""

import json
import logging
import os
import sys
import urllib.request

import boto3
from moto.server import ThreadedMotoServer

ADMIN = {"aws_access_key_id": "admin", "aws_secret_access_key": "admin", "region_name": "eu-central-1"}
ACTIONS = ["sts:AssumeRole", "secretsmanager:GetSecretValue", "ssm:GetParameter"]


def main():
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://%s:%s" % server.get_host_and_port()
    iam = boto3.client("iam", endpoint_url=endpoint, **ADMIN)
    user = iam.create_user(UserName="gateway")["User"]["Arn"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}]}
    iam.put_user_policy(UserName="gateway", PolicyName="own", PolicyDocument=json.dumps(allowed))
    key = iam.create_access_key(UserName="gateway")["AccessKey"]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": user},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "e-1"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="tenant", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    iam.put_role_policy(RoleName="tenant", PolicyName="own", PolicyDocument=json.dumps(allowed))
    secrets = boto3.client("secretsmanager", endpoint_url=endpoint, **ADMIN)
    arn = secrets.create_secret(Name="gateway/keys", SecretString=json.dumps({"id": "AKIDKEPT", "n": 7}))["ARN"]
    secrets.create_secret(Name="gateway/plain", SecretString="s3cr3t-plain\n")
    secrets.create_secret(Name="gateway/binary", SecretBinary=b"s3cr3t")
    ssm = boto3.client("ssm", endpoint_url=endpoint, **ADMIN)
    ssm.put_parameter(Name="/gateway/level", Value="debug", Type="String")
    ssm.put_parameter(Name="/gateway/secret", Value="s3cr3t-parameter", Type="SecureString")
    reset = urllib.request.Request(
        f"{endpoint}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}
    )
    urllib.request.urlopen(reset, timeout=30).read()
    ready = {
        "endpoint": endpoint,
        "accessKeyId": key["AccessKeyId"],
        "secretAccessKey": key["SecretAccessKey"],
        "roleArn": role,
        "userArn": user,
        "secretArn": arn,
    }
    print(json.dumps(ready), flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
