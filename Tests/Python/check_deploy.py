"""Holds deploy/ against others' descriptions, and against the gateway: check_deploy.py --gateway BINARY

  compose.yaml          the Compose specification's schema, as check-jsonschema ships it
  mcp-gateway.yaml      the schemas of Kubernetes, as kubernetes-validate ships them, and what a pod must be to be let in
                        by the "restricted" Pod Security Standard
  task-definition.json  AWS's own model of RegisterTaskDefinition, as botocore ships it
  all                   the settings that they give: the gateway's `config check` knows each, and takes its value
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import botocore.session
import kubernetes_validate
import yaml
from botocore.validate import ParamValidator

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
faults = []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gateway", required=True, type=Path)
    gateway = parser.parse_args().gateway.resolve()
    compose(gateway)
    kubernetes(gateway)
    task(gateway)
    for fault in faults:
        print(fault)
    if not faults:
        print("deploy: compose, kubernetes and ecs hold")
    sys.exit(1 if faults else 0)


def compose(gateway):
    path = DEPLOY / "docker/compose.yaml"
    command = [Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        faults.append(f"compose.yaml: {done.stdout}{done.stderr}")
    service = yaml.safe_load(path.read_text())["services"]["gateway"]
    expect("compose.yaml", (path.parent / service["build"]["context"] / "Dockerfile").exists(), "no Dockerfile in the context")
    expect("compose.yaml", service["read_only"] and service["cap_drop"] == ["ALL"], "the container may do too much")
    for volume in service["volumes"]:
        source = volume.split(":")[0]
        expect("compose.yaml", not source.startswith(".") or (path.parent / source).is_dir(), f"no {source}")
    settings("compose.yaml", gateway, service["environment"])


def kubernetes(gateway):
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes/mcp-gateway.yaml").read_text()))
    for document in documents:
        try:
            kubernetes_validate.validate(document, "1.31", strict=True)
        except kubernetes_validate.ValidationError as error:
            place = ".".join(str(part) for part in error.path)
            faults.append(f"mcp-gateway.yaml: {document['kind']} {place}: {error.message}")
    kinds = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    deployment = kinds["Deployment", "mcp-gateway"]["spec"]
    pod = deployment["template"]["spec"]
    container = pod["containers"][0]
    may = container["securityContext"]
    rules = {
        "two replicas can't share a store": deployment["replicas"] == 1 and deployment["strategy"]["type"] == "Recreate",
        "the pod may be root": pod["securityContext"]["runAsNonRoot"],
        "no seccomp profile": pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault",
        "the container may gain rights": may["allowPrivilegeEscalation"] is False and may["capabilities"]["drop"] == ["ALL"],
        "the root file system can be written": may["readOnlyRootFilesystem"],
        "a probe asks another path": [container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")]
        == ["/livez", "/readyz"],
        "the user isn't the image's": f"--uid {pod['securityContext']['runAsUser']} " in (ROOT / "Dockerfile").read_text(),
        "the Service selects nothing": kinds["Service", "mcp-gateway"]["spec"]["selector"].items()
        <= deployment["template"]["metadata"]["labels"].items(),
    }
    for fault, holds in rules.items():
        expect("mcp-gateway.yaml", holds, fault)
    for volume in pod["volumes"]:
        for kind, key, name in (("ConfigMap", "configMap", "name"), ("PersistentVolumeClaim", "persistentVolumeClaim", "claimName")):
            if key in volume:
                expect("mcp-gateway.yaml", (kind, volume[key][name]) in kinds, f"no {kind} {volume[key][name]}")
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    target = kinds["ConfigMap", "mcp-gateway-target-notes"]["data"]["target.toml"]
    settings("mcp-gateway.yaml", gateway, variables, kinds["ConfigMap", "mcp-gateway"]["data"]["gateway.toml"], target)


def task(gateway):
    definition = json.loads((DEPLOY / "ecs/task-definition.json").read_text())
    model = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition")
    report = ParamValidator().validate(definition, model.input_shape)
    if report.has_errors():
        faults.append(f"task-definition.json: {report.generate_report()}")
    container = definition["containerDefinitions"][0]
    volumes = {volume["name"] for volume in definition["volumes"]}
    mounted = {mount["sourceVolume"] for mount in container["mountPoints"]}
    expect("task-definition.json", mounted <= volumes, f"no volume {mounted - volumes}")
    expect("task-definition.json", container["readonlyRootFilesystem"], "the root file system can be written")
    settings("task-definition.json", gateway, {variable["name"]: variable["value"] for variable in container["environment"]})


def settings(where, gateway, variables, text="", target=None):
    """The gateway reads its settings as it would in the container, with the variables that the image sets."""
    image = dict(
        line.strip(" \\").removeprefix("ENV ").split("=", 1)
        for line in (ROOT / "Dockerfile").read_text().partition("EXPOSE")[0].splitlines()
        if "MCP_GATEWAY_" in line and "=" in line and not line.startswith("#")
    )
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "gateway.toml"
        config.write_text(text)
        notes = Path(folder) / "targets/notes"
        notes.mkdir(parents=True)
        if target:
            (notes / "target.toml").write_text(target)
        places = {"MCP_GATEWAY_STORE_PATH": f"{folder}/gateway.db", "MCP_GATEWAY_TARGETS_DIRECTORY": f"{folder}/targets"}
        environment = {"PATH": os.environ["PATH"], **image, **variables, **places}
        command = [gateway, "config", "check", "--config", config]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        faults.append(f"{where}: {done.stdout}{done.stderr}")
    known = subprocess.run([gateway, "config", "show"], capture_output=True, text=True, env=environment, cwd="/").stdout
    for name in variables:
        if name.startswith("MCP_GATEWAY_"):
            expect(where, name in known, f"the gateway reads no {name}")


def expect(where, holds, fault):
    if not holds:
        faults.append(f"{where}: {fault}")


if __name__ == "__main__":
    main()
