"""A stub of what discovery asks AWS for: Lambda's lists and tags, and EventBridge's Schema Registry.

botocore computes the signature of each request again, as moto can't check those of GETs; one that differs is refused.
Prints one JSON line when ready: {"endpoint", "accessKeyId", "secretAccessKey", "sessionToken", "seen"}, where "seen" is
what boto3 itself reads here; ends when stdin does.
"""

import json
import os
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

KEY, SECRET, TOKEN = "AKIDLISTS", "s3cr3t/of+lists", "t0ken/of+lists=="
REGION, ACCOUNT = "eu-central-1", "123456789012"
NAMES = [f"shop-{number:03}" for number in range(120)]
TAGS = {"a b/ü": "c=d&e+f", "mcp-gateway:contract": "function", "empty": ""}
ORDER = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "nullable": True}}}
EVENT = {
    "type": "object",
    "x-amazon-events-source": "shop",
    "properties": {"detail": {"$ref": "#/components/schemas/Order"}},
}
SCHEMAS = {
    ("shop.events", "order@Placed"): (
        "OpenApi3",
        {
            "openapi": "3.0.0",
            "info": {"version": "1.0.0", "title": "Placed"},
            "paths": {},
            "components": {"schemas": {"AWSEvent": EVENT, "Order": ORDER}},
        },
    ),
    ("shop.events", "plain"): (
        "JSONSchemaDraft4",
        {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "properties": {"a": {"type": "string"}}},
    ),
}


def arn(name):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def schema_arn(registry, name):
    return f"arn:aws:schemas:{REGION}:{ACCOUNT}:schema/{registry}/{name}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        status, answer = self.answer()
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status >= 400:
            self.send_header("x-amzn-ErrorType", answer["Code"] + ":http://internal.amazon.com/")
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        path, _, query = self.path.partition("?")
        words = [urllib.parse.unquote(word) for word in path.split("/")[1:]]
        service = "schemas" if words[0] == "v1" else "lambda"
        if not self.is_signed(service):
            return 403, {"Code": "InvalidSignatureException", "message": "the signatures differ"}
        if words == ["2015-03-31", "functions"]:
            return 200, self.functions(dict(urllib.parse.parse_qsl(query)))
        if words[:2] == ["2017-03-31", "tags"] and words[2] in map(arn, NAMES):
            return 200, {"Tags": {**TAGS, "own": words[2]}}
        if words[:3] == ["v1", "registries", "name"] and words[4:6] == ["schemas", "name"]:
            found = SCHEMAS.get((words[3], words[6]))
            if found:
                return 200, {
                    "Content": json.dumps(found[1]),
                    "LastModified": "2026-11-29T08:00:00Z",
                    "SchemaArn": schema_arn(words[3], words[6]),
                    "SchemaName": words[6],
                    "SchemaVersion": "1",
                    "Type": found[0],
                    "VersionCreatedDate": "2026-11-29T08:00:00Z",
                }
            return 404, {"Code": "NotFoundException", "Message": f"Schema with name {words[6]} does not exist."}
        return 404, {"Code": "ResourceNotFoundException", "Message": "there is nothing here"}

    def functions(self, query):
        first = int(query.get("Marker", "page/0+=").removeprefix("page/").removesuffix("+="))
        last = min(first + min(int(query.get("MaxItems", "50")), 50), len(NAMES))
        page = [
            {
                "FunctionName": name,
                "FunctionArn": arn(name),
                "Description": f"The function {name}",
                "Runtime": "python3.13",
                "LastModified": "2026-11-29T08:00:00.000+0000",
                **({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}} if name == NAMES[0] else {}),
            }
            for name in NAMES[first:last]
        ]
        return {"Functions": page, **({"NextMarker": f"page/{last}+="} if last < len(NAMES) else {})}

    def is_signed(self, service):
        """Whether botocore signs what was sent in the same way."""
        fields = dict(part.strip().split("=", 1) for part in self.headers["Authorization"].split(" ", 1)[1].split(","))
        names = fields["SignedHeaders"].split(";")
        request = AWSRequest("GET", f"http://{self.headers['Host']}{self.path}")
        for name in names:
            request.headers[name] = self.headers[name]
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        auth = SigV4Auth(Credentials(KEY, SECRET, TOKEN), service, REGION)
        string = auth.string_to_sign(request, auth.canonical_request(request))
        sent = {name.lower() for name in self.headers if name.lower().startswith("x-amz-")}
        return (
            fields["Signature"] == auth.signature(string, request)
            and fields["Credential"] == auth.scope(request)
            and {"host", "x-amz-security-token"} <= set(names)
            and sent <= set(names)
            and self.headers["X-Amz-Security-Token"] == TOKEN
        )


def seen(endpoint):
    def connect(service):
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            aws_session_token=TOKEN,
            config=Config(retries={"total_max_attempts": 1}),
        )

    pages = connect("lambda").get_paginator("list_functions").paginate()
    schema = connect("schemas").describe_schema(RegistryName="shop.events", SchemaName="order@Placed")
    return {
        "functions": [function["FunctionName"] for page in pages for function in page["Functions"]],
        "tags": connect("lambda").list_tags(Resource=arn(NAMES[7]))["Tags"],
        "schema": {key: schema[key] for key in ("Type", "Content", "SchemaVersion")},
    }


def main():
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    ready = {"accessKeyId": KEY, "secretAccessKey": SECRET, "sessionToken": TOKEN, "seen": seen(endpoint)}
    print(json.dumps({"endpoint": endpoint, **ready}), flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
