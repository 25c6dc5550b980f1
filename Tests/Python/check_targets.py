"""The sample targets without any gateway: each handler, called as the Lambda runtime calls it.

  check_targets.py [NAME…]

Each target runs in a process of its own, as on Lambda. Works offline: the Prometheus is a stub here, and the AWS
documentation is only listed, then refused by its own checks. Exit status 1, with the reasons, if anything is wrong.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

TARGETS = Path(__file__).resolve().parents[2] / "targets"
MARK = "# From here on every sample target is the same"
PROGRAM = """
import json, sys
import handler
for line in sys.stdin:
    print(json.dumps(handler.handler(json.loads(line), None)), flush=True)
"""
BERLIN_TO_TOKYO = {"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}


class Function:
    """One target's handler in its own process: an event in, an answer out."""

    def __init__(self, name, **environment):
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=TARGETS / name,
            env={**os.environ, "PYTHONPATH": str(TARGETS / name), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)

    def ask(self, event):
        self.process.stdin.write(json.dumps(event) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["statusCode"], json.loads(answer["body"])

    def tools(self):
        status, body = self.ask({"method": "tools/list"})
        assert status == 200, body
        for tool in body["tools"]:
            assert tool["inputSchema"]["type"] == "object", tool
            assert None not in tool.values(), tool
        return [tool["name"] for tool in body["tools"]]

    def call(self, name, arguments):
        status, body = self.ask({"method": "tools/call", "params": {"name": name, "arguments": arguments}})
        assert status == 200, body
        return body

    def refuses_what_it_does_not_know(self):
        for event in (None, [], {}, {"method": "ping"}, {"method": "tools/call"}, {"method": "tools/call", "params": 3}):
            status, body = self.ask(event)
            assert status == 400 and body["error"], (event, status, body)
        body = self.call("nosuch", {})
        assert body["isError"] and body["content"][0]["text"] == "Unknown tool: nosuch", body


def check_time():
    with Function("time") as function:
        assert function.tools() == ["get_current_time", "convert_time"]
        result = function.call("convert_time", BERLIN_TO_TOKYO)
        assert result["structuredContent"]["target"]["timezone"] == "Asia/Tokyo", result
        assert result["structuredContent"]["target"]["datetime"][11:16] in ("19:00", "20:00"), result
        result = function.call("get_current_time", {"timezone": "Nowhere"})
        assert result["isError"] and "Nowhere" in result["content"][0]["text"], result
        assert function.call("get_current_time", {})["isError"]
        function.refuses_what_it_does_not_know()


def check_aws_documentation_target():
    with Function("aws-documentation-target") as function:
        assert "read_documentation" in function.tools()
        result = function.call("read_documentation", {"url": "https://example.com/page.html"})
        assert result["isError"] and "supported domains" in result["content"][0]["text"], result
        function.refuses_what_it_does_not_know()


def check_prometheus_target():
    with Prometheus() as prometheus:
        keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}
        with Function("prometheus-target", PROMETHEUS_URL=prometheus.url, **keys) as function:
            assert "ExecuteQuery" in function.tools()
            result = function.call("ExecuteQuery", {"query": "up"})
            assert not result.get("isError"), result
            assert '"4242"' in json.dumps(result["structuredContent"]), result
            assert prometheus.signed, "the query was not signed"
            result = function.call("ExecuteQuery", {"query": "`id`"})
            assert result["isError"], result
            function.refuses_what_it_does_not_know()


def check_notes():
    with tempfile.TemporaryDirectory() as folder, Function("notes", NOTES_FILE=f"{folder}/notes.json") as function:
        assert function.tools() == ["add_note", "list_notes", "search_notes", "delete_note"]
        found = function.call("search_notes", {"query": "release ADA"})["structuredContent"]
        assert [note["id"] for note in found["notes"]] == [1], found
        added = function.call("add_note", {"text": "Ada likes tea"})["structuredContent"]["note"]
        assert added["id"] == 3, added
        with Function("notes", NOTES_FILE=f"{folder}/notes.json") as other:  # a second process reads the same notes
            found = other.call("search_notes", {"query": "ada"})["structuredContent"]
            assert [note["id"] for note in found["notes"]] == [3, 1], found
        assert function.call("delete_note", {"id": 1})["structuredContent"]["note"]["id"] == 1
        assert function.call("list_notes", {"limit": 1})["structuredContent"]["count"] == 2
        for name, arguments, text in [
            ("delete_note", {"id": 1}, "there is no note 1"),
            ("delete_note", {"id": "1"}, "arguments.id must be of type integer"),
            ("delete_note", {"id": True}, "arguments.id must be of type integer"),
            ("add_note", {}, "arguments.text is missing"),
            ("add_note", {"text": "x", "by": "me"}, "arguments.by is unknown"),
            ("add_note", {"text": " "}, "text must have 1 to 4000 characters"),
        ]:
            result = function.call(name, arguments)
            assert result["isError"] and result["content"][0]["text"] == text, result
        function.refuses_what_it_does_not_know()


class Prometheus:
    """As much of a Prometheus as one query needs, on a free port."""

    def __enter__(self):
        self.signed = False
        self.server = HTTPServer(("127.0.0.1", 0), self.respond)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def respond(self, *arguments):
        prometheus = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                signature = self.headers.get("Authorization", "")
                prometheus.signed = signature.startswith("AWS4-HMAC-SHA256") and "/aps/aws4_request" in signature
                data = ["up"]
                if "/query" in self.path:
                    data = {"resultType": "vector", "result": [{"metric": {"__name__": "up"}, "value": [1.5, "4242"]}]}
                body = json.dumps({"status": "success", "data": data}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Answer(*arguments)


def check_wrapper():
    """Each folder is deployed alone, so each holds the whole wrapper; they must not drift apart."""
    texts = [path.read_text() for path in TARGETS.glob("*/handler.py")]
    wrappers = [text.partition(MARK)[2] for text in texts if MARK in text]  # the other handlers wrap no MCP server
    assert len(wrappers) == 3 and len(set(wrappers)) == 1, "the handlers of targets/* differ below the mark"


CHECKS = {
    "time": check_time,
    "aws-documentation-target": check_aws_documentation_target,
    "prometheus-target": check_prometheus_target,
    "notes": check_notes,
    "wrapper": check_wrapper,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(CHECKS), metavar="NAME", help=", ".join(CHECKS))
    failed = False
    for name in parser.parse_args().names:
        try:
            CHECKS[name]()
            print(f"{name}: ok")
        except Exception as error:
            failed = True
            print(f"{name}: {type(error).__name__}: {error}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
