"""Which way to credentials boto3's chain takes: reads a JSON list of cases from the file that is named, prints a JSON list of answers.

A case is {"environment", "config", "credentials", "profile"}; its answer the name of botocore's provider, "none", or "error".
Nobody is asked over the network: containers and instances answer by themselves here, roles and sign-ons are only chosen.
"""

import json
import os
import sys
import tempfile

import botocore.credentials
import botocore.session
import botocore.utils

KEYS = {"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}
botocore.utils.ContainerMetadataFetcher._get_response = lambda self, url, headers, timeout: KEYS
INSTANCE = {
    "role_name": "r",
    "access_key": "A",
    "secret_key": "s",
    "token": "t",
    "expiry_time": "2099-01-01T00:00:00Z",
}
botocore.utils.InstanceMetadataFetcher.retrieve_iam_role_credentials = lambda self: (
    {} if os.environ.get("AWS_EC2_METADATA_DISABLED") == "true" else INSTANCE
)
botocore.credentials.ProcessProvider._retrieve_credentials_using = lambda self, process: {
    "access_key": "A",
    "secret_key": "s",
    "token": None,
    "expiry_time": None,
}


def answer(case, folder):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    for name in ("config", "credentials"):
        with open(os.path.join(folder, name), "w") as file:
            file.write(case[name])
    os.environ.update(case["environment"])
    os.environ["AWS_CONFIG_FILE"] = os.path.join(folder, "config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.path.join(folder, "credentials")
    try:
        found = botocore.session.Session(profile=case.get("profile")).get_credentials()
        return "none" if found is None else found.method
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
        return "error"


with tempfile.TemporaryDirectory() as place:
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    print(json.dumps([answer(case, place) for case in cases]))
