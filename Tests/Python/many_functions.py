"""A stub of Lambda with many functions: ListFunctions in pages of 50, ListTags, and Invoke.

  many_functions.py [--functions N] [--prefix P] [--tags JSON] [--throttle N]

Each function answers {"function": NAME, "given": the event}. With --throttle every Nth request for tags is answered 429
once. Prints one JSON line when ready: {"endpoint"}; each line on stdin is a JSON object that replaces {"hidden": [NAMES]},
and is acknowledged with "taken". Ends when stdin does.
"""

import argparse
import json
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = "123456789012"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--functions", type=int, default=60)
    parser.add_argument("--prefix", default="demo-")
    parser.add_argument("--tags", default="{}")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--throttle", type=int, default=0)
    options = parser.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    server.names = [f"{options.prefix}job-{number:04}" for number in range(options.functions)] + ["other"]
    server.tags = json.loads(options.tags)
    server.region = options.region
    server.throttle = options.throttle
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"endpoint": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    for line in sys.stdin:
        server.hidden = set(json.loads(line)["hidden"])
        print("taken", flush=True)
    server.shutdown()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    hidden = set()
    asked = 0
    lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path, _, query = self.path.partition("?")
        words = [urllib.parse.unquote(word) for word in path.split("/")[1:]]
        if words == ["2015-03-31", "functions"]:
            return self.answer(200, self.page(dict(urllib.parse.parse_qsl(query))))
        if words[:2] == ["2017-03-31", "tags"]:
            with self.server.lock:
                self.server.asked += 1
                is_throttled = self.server.throttle and self.server.asked % self.server.throttle == 0
            if is_throttled:
                return self.answer(429, {"Reason": "CallerRateLimitExceeded", "message": "Rate exceeded"}, "TooManyRequestsException")
            return self.answer(200, {"Tags": self.server.tags})
        return self.answer(404, {"message": "no such thing"}, "ResourceNotFoundException")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = urllib.parse.unquote(self.path.split("/")[3]).split(":")[-1]
        if name not in self.server.names:
            return self.answer(404, {"message": "Function not found"}, "ResourceNotFoundException")
        return self.answer(200, {"function": name, "given": json.loads(body)})

    def page(self, query):
        names = [name for name in self.server.names if name not in self.server.hidden]
        start = int(query.get("Marker", 0))
        functions = [
            {
                "FunctionName": name,
                "FunctionArn": f"arn:aws:lambda:{self.server.region}:{ACCOUNT}:function:{name}",
                "Description": f"Does {name}.",
                "Runtime": "python3.13",
            }
            for name in names[start : start + 50]
        ]
        page = {"Functions": functions}
        if start + 50 < len(names):
            page["NextMarker"] = str(start + 50)
        return page

    def answer(self, status, value, error=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    main()
