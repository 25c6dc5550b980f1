"""What is measured and what stands behind it: the gateway, nginx, the stub. Each is a context manager."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import report

HERE = Path(__file__).resolve().parent
INVOKE = "/2015-03-31/functions/bench-0/invocations"
VERSION = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
# Debian installs nginx where a plain user's PATH doesn't look.
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or "nginx"
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Request:
    path: str
    headers: list
    body: str

    def bytes(self):
        fields = [("Host", "127.0.0.1"), *self.headers, ("Content-Length", str(len(self.body)))]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return f"POST {self.path} HTTP/1.1\r\n{head}\r\n{self.body}".encode()


def call_request(key, tool="bench-0___tool_00007", path="/mcp"):
    params = {"name": tool, "arguments": {"city": "Oslo", "days": 3}, "_meta": META}
    return request("tools/call", params, key, [("Mcp-Name", tool)], path)


def list_request(key):
    return request("tools/list", {"_meta": META}, key, [], "/mcp")


def request(method, params, key, more, path):
    headers = [
        ("Authorization", f"Bearer {key}"),
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", VERSION),
        ("Mcp-Method", method),
        *more,
    ]
    body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, separators=(",", ":"))
    return Request(path, headers, body)


def build():
    """Compiles the stub and the paced driver."""
    (HERE / "build").mkdir(exist_ok=True)
    compiler = next(filter(None, map(shutil.which, ("cc", "clang"))), None) or sys.exit("no C compiler: install gcc")
    for program in ("stub", "pace"):
        source, binary = HERE / f"{program}.c", HERE / "build" / program
        if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
            subprocess.run([compiler, "-O2", "-Wall", "-o", binary, source], check=True)


class Child:
    """A process that is started, measured and ended."""

    process = None

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def measured_pid(self):
        return self.process.pid

    def cpu(self):
        """CPU microseconds so far: `cpu` exact to the nanosecond, `user` and `system` in steps of 10 ms."""
        process = Path(f"/proc/{self.measured_pid()}")
        total = sum(int((task / "schedstat").read_text().split()[0]) for task in (process / "task").iterdir())
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        user, system = (int(field) * 1_000_000 / TICK for field in fields[11:13])
        return {"cpu": total / 1000, "user": user, "system": system}

    def rss_kb(self):
        status = Path(f"/proc/{self.measured_pid()}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def ask_once(self):
        """One call, whose answer must be the stub's weather."""
        headers = dict(self.request.headers)
        question = urllib.request.Request(self.url + self.request.path, self.request.body.encode(), headers)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(question, timeout=10) as response:
            answer = response.read().decode()
        if "Oslo: 4 degrees" not in answer:
            raise SystemExit(f"{self.name} answers something else: {answer[:500]}")


class Stub(Child):
    def __init__(self, tools, delay_ms=0, form=None):
        self.words = ["0", "--tools", str(tools), "--delay-ms", str(delay_ms), *([f"--{form}"] if form else [])]

    def __enter__(self):
        command = [HERE / "build/stub", *self.words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=report.pin_driver)
        self.port = int(self.process.stdout.readline().split()[1])
        return self


class Nginx(Child):
    """One worker of nginx, passing the call's very bytes to the stub."""

    def __init__(self, folder, upstream, name="nginx"):
        self.name, self.upstream, self.folder = name, upstream, folder / f"nginx-{name}"
        self.request = call_request("mgw_bench_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", path=INVOKE)

    def __enter__(self):
        self.folder.mkdir(mode=0o755)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (self.folder / "nginx.conf").write_text(self.configuration())
        command = [NGINX, "-e", self.folder / "error.log", "-c", self.folder / "nginx.conf"]
        self.process = subprocess.Popen(command, preexec_fn=report.pin_server)
        await_port(self.port, self.process)
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.worker = int(children[0])
        return self

    def measured_pid(self):
        return self.worker

    def configuration(self):
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        scratch = "\n".join(f"  {kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        user = "user root;" if os.geteuid() == 0 else ""
        return f"""daemon off; worker_processes 1; worker_rlimit_nofile 65536; pid {self.folder}/pid; {user}
error_log {self.folder}/error.log warn;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_buffer_size 16k; tcp_nodelay on;
{scratch}
  upstream stub {{ server 127.0.0.1:{self.upstream}; keepalive 8192; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{self.port} backlog=8192;
    location / {{ proxy_pass http://stub; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


class Gateway(Child):
    """The gateway on one event loop, its targets on the stub, one tenant with one key.

    Its targets are open, unless `approval` says otherwise; `fill` puts more into its store before the first call. Its calls are
    recorded unless `records` is false, and a tenth of them traced where there is a `collector`.
    """

    name = "gateway"
    # The contract of every target; the tools of a target that isn't asked are its function's own or declared.
    contract = "mcp-wrapper"
    declared = ""
    tool = "bench-0___tool_00007"

    def __init__(
        self, binary, folder, upstream, targets, fresh=True, approval="open", fill=None, page=200, records=True, collector=None
    ):
        self.records, self.collector = records, collector
        self.binary, self.folder, self.upstream, self.targets, self.fresh = binary, folder, upstream, targets, fresh
        self.approval, self.fill, self.page = approval, fill, page
        self.config = folder / "gateway.toml"
        names = ("AWS_", "MCP_GATEWAY_", "FUNCTION_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(names)}
        self.environment = {**clean, "BENCH_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE", "BENCH_SECRET": "bench-secret"}

    def __enter__(self):
        if self.fresh:
            self.lay_out()
        else:
            self.write_config()
        self.serve()
        if self.fresh:
            self.await_catalog()
            self.run("tenant", "create", "bench")
            self.key_file().write_text(json.loads(self.run("key", "issue", "bench", "-o", "json"))["key"])
        self.key = self.key_file().read_text()
        self.request = call_request(self.key, self.tool)
        if self.fresh and self.fill:
            self.fill(self.folder / "gateway.db", self.key)
            time.sleep(2)
        if self.fresh:
            time.sleep(1)  # the server sees the new key within 500 ms
        return self

    def key_file(self):
        return self.folder / "key"

    def lay_out(self):
        for number in range(self.targets):
            folder = self.folder / f"targets/bench-{number}"
            folder.mkdir(parents=True)
            text = f'[target]\nfunction = "bench-{number}"\ncontract = "{self.contract}"\napproval = "{self.approval}"\n'
            (folder / "target.toml").write_text(text + self.declared)
        self.write_config()

    def write_config(self):
        self.config.write_text(f"""[agents]
listen = "127.0.0.1:0"
connections_max = 16384
connections_per_peer_max = 16384
streams_max = 10000
streams_per_key_max = 10000

[admin]
listen = "127.0.0.1:0"

[server]
loops = 1

[defaults]
page_size = {self.page}

[limits]
request_rate = 1000000
request_burst = 1000000

[store]
path = "{self.folder}/gateway.db"

[records]
enabled = {"true" if self.records else "false"}
directory = "{self.folder}/records"

[targets]
directory = "{self.folder}/targets"
{self.traces()}
[aws]
region = "us-east-1"
endpoint = "http://127.0.0.1:{self.upstream}"
access_key_id = "${{BENCH_ACCESS_KEY}}"
secret_access_key = "${{BENCH_SECRET}}"
""")

    def traces(self):
        return f"""
[traces]
endpoint = "http://127.0.0.1:{self.collector}"
sample = 0.1
""" if self.collector else ""

    def serve(self):
        log = open(self.folder / "gateway.log", "w")
        started = time.monotonic()
        self.process = subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment, preexec_fn=report.pin_server
        )
        words = self.process.stdout.readline().split()
        self.start_ms = 1000 * (time.monotonic() - started)
        if not words or words[0] != "ready":
            raise SystemExit(f"the gateway did not start:\n{(self.folder / 'gateway.log').read_text()}")
        self.url = next(word for word in words if word.startswith("agents="))[len("agents="):-len("/mcp")]
        self.port = int(self.url.rpartition(":")[2])
        self.admin = next(word for word in words if word.startswith("admin="))[len("admin="):]

    def command(self):
        return [self.binary, "serve", "--config", self.config]

    def metrics(self):
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{self.admin}/metrics") as response:
            return response.read().decode()

    def figure(self, name):
        """The sum of a metric's samples, whatever their labels; 0 when there is none."""
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", self.metrics(), re.MULTILINE)
        return sum(map(float, found))

    def await_catalog(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            tools = json.loads(self.run("tool", "list", "-o", "json"))["tools"]
            if len({tool["name"].partition("___")[0] for tool in tools}) == self.targets:
                return
            time.sleep(0.2)
        raise SystemExit(f"the catalog is not full after 60 s:\n{(self.folder / 'gateway.log').read_text()[-2000:]}")

    def run(self, *words):
        command = [self.binary, *words, "--config", self.config]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            raise SystemExit(f"mcp-gateway {' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout


class Collector:
    """Takes spans over OTLP/HTTP and forgets them. A process of its own, beside the driver."""

    PROGRAM = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

    def __enter__(self):
        command = [sys.executable, "-c", self.PROGRAM]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=report.pin_driver)
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process):
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit("nginx ended at once; its error log is above")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port} after 4 s")
