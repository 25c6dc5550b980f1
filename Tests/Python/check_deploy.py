"""Holds deploy/ against others' descriptions, and against the gateway: check_deploy.py --gateway BINARY

  compose.yaml          the Compose specification's schema, as check-jsonschema ships it
  mcp-gateway.yaml      the schemas of Kubernetes, as kubernetes-validate ships them, and what a pod must be to be let in
                        by the "restricted" Pod Security Standard
  task-definition.json  AWS's own model of RegisterTaskDefinition, as botocore ships it
  prometheus/           promtool; each metric that is asked for is one that the gateway writes
  grafana/              what Grafana needs to import it; the same of metrics
  cloudwatch/           cfn-lint, which moto brings; the metrics and dimensions are those that the gateway writes
  all                   the settings that they give: the gateway's `config check` knows each, and takes its value
"""

import argparse
import json
import os
import re
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
    prometheus()
    grafana()
    cloudwatch()
    for fault in faults:
        print(fault)
    if not faults:
        print("deploy: compose, kubernetes, ecs, prometheus, grafana and cloudwatch hold")
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


def prometheus():
    folder = DEPLOY / "prometheus"
    for words in (["check", "config", "prometheus.yaml"], ["test", "rules", "alerts.test.yaml"]):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, cwd=folder)
        expect("prometheus", done.returncode == 0, done.stdout + done.stderr)
    for group in yaml.safe_load((folder / "alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            metrics_in(f"alerts.yaml: {rule['alert']}", rule["expr"])
            expect("alerts.yaml", rule["annotations"]["summary"].endswith("."), f"{rule['alert']} has no sentence")


def metrics_in(where, expr):
    """Each is one of Sources/1-Values/Telemetry."""
    text = "\n".join(path.read_text() for path in ROOT.glob("Sources/1-Values/Telemetry/**/*.swift"))
    known = set(re.findall(r'"((?:mcp_|process_)\w+)"', text))
    for name in re.findall(r"\b(?:mcp_gateway|mcp_server|mcp_client|process)_\w+", expr):
        # Labels of the semantic conventions begin like metrics' names.
        bare = re.sub(r"_(bucket|sum|count)$", "", name)
        expect(where, name in known or bare in known, f"the gateway writes no {name}")


def grafana():
    where = "mcp-gateway.json"
    dashboard = json.loads((DEPLOY / "grafana" / where).read_text())
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    expect(where, dashboard["uid"] == "mcp-gateway" and dashboard["schemaVersion"] >= 36, "no uid or an old schema")
    expect(where, {"datasource", "target", "tenant"} <= variables, "a variable is missing")
    panels = dashboard["panels"]
    expect(where, len({panel["id"] for panel in panels}) == len(panels), "two panels have one id")
    cells = set()
    for panel in panels:
        place = panel["gridPos"]
        own = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        expect(where, not own & cells and max(x for x, _ in own) < 24, f"'{panel['title']}' is on another panel, or outside")
        cells |= own
        for target in panel.get("targets", []):
            expect(where, target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, f"'{panel['title']}': data source")
            metrics_in(f"{where}: '{panel['title']}'", target["expr"])
            for name in re.findall(r"\$(\w+)", target["expr"]):
                expect(where, name in variables or name == "__rate_interval", f"'{panel['title']}': no variable {name}")


def cloudwatch():
    path = DEPLOY / "cloudwatch/alarms.yaml"
    lint = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run([lint, "--regions", "us-east-1", "eu-central-1", "--", path], capture_output=True, text=True)
    expect("alarms.yaml", done.returncode == 0, done.stdout + done.stderr)
    written = {
        ("ToolExecutionTime", ()), ("ToolExecutionTime", ("ToolName",)),
        ("ToolExecutions", ("Success",)), ("ToolExecutions", ("ToolName", "Success")),
    }  # fmt: skip
    template = yaml.load(path.read_text(), Loader=Plain)
    for name, resource in template["Resources"].items():
        alarm = resource["Properties"]
        asked = [alarm] if "MetricName" in alarm else [part["MetricStat"]["Metric"] for part in alarm["Metrics"] if "MetricStat" in part]
        for metric in asked:
            key = metric["MetricName"], tuple(dimension["Name"] for dimension in metric.get("Dimensions", []))
            expect(f"alarms.yaml: {name}", metric["Namespace"] == "MCP/Gateway" and key in written, f"nobody writes {key}")


class Plain(yaml.SafeLoader):
    """CloudFormation's own tags are taken for what they stand before."""


def plain(loader, _, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_mapping(node)


Plain.add_multi_constructor("!", plain)


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
