"""A folder with a gateway in it: its configuration, its store, local functions and a key. For programs that aren't Swift tests.

  with Gateway("…/mcp-gateway", [target("everything", "stream", streaming=True)]) as gateway:
      gateway.url, gateway.key

Nothing is left when the block ends, however it ends.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "Tests/Python/functions"
READY_S = 60


def target(source, name, streaming=False, **settings):
    """A copy of a function of the tests as a target of that name, with lines of its target.toml set or added.

    With `streaming` it runs on the runtime client of functions/streaming.
    """
    if streaming:
        python = str(ROOT / ".venv/bin/python")
        settings |= {"streaming": True, "command": [python, str(FUNCTIONS / "streaming/bootstrap.py")]}
    return {"name": name, "source": FUNCTIONS / source, "settings": settings}


class Gateway:
    def __init__(self, program, targets, settings=None):
        self.program, self.targets = str(Path(program).resolve()), targets
        self.settings = settings or {}

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gateway-"))
        self.process = None
        try:
            self._write()
            self._start()
            self.command("tenant", "create", "demo")
            self.key = json.loads(self.command("key", "issue", "demo", "-o", "json"))["key"]
            self._await_targets()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self):
        return (self.folder / "log").read_text()

    def command(self, *words):
        done = subprocess.run([self.program, *words, "--config", "gateway.toml"], cwd=self.folder, env=self._environment,
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def _write(self):
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_EC2_METADATA_DISABLED": "true"}
        sections = {
            "agents": ['listen = "127.0.0.1:0"'],
            "admin": ['listen = "127.0.0.1:0"'],
            "local_lambda": ['listen = "127.0.0.1:0"', "watch = false"],
            "store": ['path = "gateway.db"'],
            "server": ["loops = 1"],
            "limits": ["request_rate = 1000000", "request_burst = 1000000"],
        }
        for section, lines in self.settings.items():
            sections.setdefault(section, []).extend(lines)
        text = "".join(f"[{section}]\n" + "".join(f"{line}\n" for line in lines) for section, lines in sections.items())
        (self.folder / "gateway.toml").write_text(text)
        for target in self.targets:
            folder = self.folder / "targets" / target["name"]
            folder.mkdir(parents=True)
            for path in [*target["source"].glob("*.py"), *target["source"].glob("*.json")]:
                shutil.copy(path, folder)
            text = (target["source"] / "target.toml").read_text()
            text = re.sub(r'"[./]*/\.venv', f'"{ROOT}/.venv', text)
            text = text.replace(f'"test-{target["source"].name}"', f'"test-{target["name"]}"')
            for key, value in target["settings"].items():
                line = f"{key} = {json.dumps(value)}"
                text, count = re.subn(rf"(?m)^{key} = .*$", lambda _: line, text)
                if count == 0:
                    text = text.replace("[target]\n", f"[target]\n{line}\n")
            (folder / "target.toml").write_text(text)

    def _start(self):
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen([self.program, "serve", "--config", "gateway.toml", "--local"], cwd=self.folder,
                                            env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True)  # fmt: skip
        line = self.process.stdout.readline()
        words = dict(word.split("=", 1) for word in line.split()[1:])
        if not line.startswith("ready"):
            raise RuntimeError(f"the gateway didn't start:\n{self.log}")
        self.url, self.admin = words["agents"], words["admin"]

    def _await_targets(self):
        """Waits until each target has tools: functions start when they are first asked for them."""
        waiting, end = {target["name"] for target in self.targets}, time.monotonic() + READY_S
        while waiting:
            if time.monotonic() > end:
                raise RuntimeError(f"without tools: {', '.join(sorted(waiting))}\n{self.log}")
            waiting -= {name.split("___")[0] for name in self.tools()}
            time.sleep(0.1)

    def tools(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=30) as answer:
                return [tool["name"] for tool in json.load(answer)["result"]["tools"]]
        except urllib.error.HTTPError:  # the key isn't known yet
            return []


if __name__ == "__main__":
    sys.exit(__doc__)
