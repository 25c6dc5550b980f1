"""boto3's paginator against a local Lambda: prints the tags of each function that it lists.  boto3_lists.py ENDPOINT"""

import json
import sys

import boto3
from botocore.config import Config

client = boto3.client(
    "lambda",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="AKIATEST",
    aws_secret_access_key="test-secret",
    config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
)
sizes = []
tags = {}
for page in client.get_paginator("list_functions").paginate():
    sizes.append(len(page["Functions"]))
    for function in page["Functions"]:
        tags[function["FunctionName"]] = client.list_tags(Resource=function["FunctionArn"])["Tags"]
print(json.dumps({"sizes": sizes, "tags": tags}))
