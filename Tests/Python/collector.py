"""A collector of traces for the tests, on the loopback: OTLP/HTTP as opentelemetry-proto, which isn't ours, reads it.

Prints its URL. With a certificate and its key as arguments it speaks TLS. What a test may ask for:

  GET  /spans    all spans that were taken, and how they came, as JSON
  POST /behave   {"status": 429, "headers": {…}, "body": "…", "bytes": 100000, "count": 2, "wait": true, "reject": 3}: so the
                 next `count` requests are answered, all from now on without `count`; {} ends it. `wait`: not at all, until the
                 behaviour ends. `reject`: a partial success
"""

import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest, ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


class Collector:
    def __init__(self):
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.spans = []
        self.requests = []
        self.faults = []
        self.behaviour = {}


def value(any_value):
    kind = any_value.WhichOneof("value")
    return getattr(any_value, kind) if kind else None


def attributes(pairs):
    names = [pair.key for pair in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"an attribute stands twice: {sorted(names)}")
    return {pair.key: value(pair.value) for pair in pairs}


def check_known(message):
    """Raises for a field that the definitions don't have, at whatever depth."""
    if len(UnknownFieldSet(message)):
        raise ValueError(f"{message.DESCRIPTOR.name} has a field that nobody knows")
    for field, content in message.ListFields():
        if field.message_type is None:
            continue
        for inner in content if field.is_repeated else [content]:
            check_known(inner)


def read(body):
    """The spans of a request as JSON; raises for what the conventions of OTLP forbid."""
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    check_known(request)
    found = []
    for resource_spans in request.resource_spans:
        resource = attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                if len(span.trace_id) != 16 or len(span.span_id) != 8 or not any(span.trace_id):
                    raise ValueError("ids must have 16 and 8 bytes")
                if span.end_time_unix_nano < span.start_time_unix_nano:
                    raise ValueError(f"{span.name} ends before it starts")
                found.append({
                    "traceId": span.trace_id.hex(),
                    "spanId": span.span_id.hex(),
                    "parentSpanId": span.parent_span_id.hex(),
                    "name": span.name,
                    "kind": Span.SpanKind.Name(span.kind),
                    "start": str(span.start_time_unix_nano),
                    "end": str(span.end_time_unix_nano),
                    "attributes": attributes(span.attributes),
                    "events": [
                        {"name": event.name, "attributes": attributes(event.attributes)} for event in span.events
                    ],
                    "status": Status.StatusCode.Name(span.status.code),
                    "message": span.status.message,
                    "flags": span.flags,
                    "resource": resource,
                    "scope": scope_spans.scope.name,
                    "schemaUrl": scope_spans.schema_url,
                })
    return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    collector: Collector

    def do_GET(self):
        collector = self.collector
        with collector.lock:
            answer = {
                "spans": collector.spans, "requests": collector.requests, "faults": collector.faults,
            }
            self.answer(200, json.dumps(answer).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        collector = self.collector
        if self.path == "/behave":
            with collector.changed:
                collector.behaviour = json.loads(body)
                collector.changed.notify_all()
            return self.answer(200, b"{}")
        with collector.changed:
            behaviour = collector.behaviour
            if "count" in behaviour:
                behaviour["count"] -= 1
                if behaviour["count"] <= 0:
                    collector.behaviour = {}
            collector.requests.append({
                "path": self.path,
                "status": behaviour.get("status", 200),
                "headers": {name.lower(): text for name, text in self.headers.items()},
                "bytes": len(body),
            })
            if behaviour.get("wait"):
                collector.changed.wait_for(lambda: not collector.behaviour.get("wait"))
        if self.headers.get("Content-Type") != "application/x-protobuf":
            return self.refuse("the content type is another one", 415)
        try:
            spans = read(body)
        except Exception as error:  # every fault must reach the test
            return self.refuse(f"{type(error).__name__}: {error}", 400)
        status = behaviour.get("status", 200)
        response = ExportTraceServiceResponse()
        if "reject" in behaviour:
            response.partial_success.rejected_spans = behaviour["reject"]
            response.partial_success.error_message = "some are too old"
        if status == 200:
            with collector.lock:
                collector.spans += spans
        data = response.SerializeToString()
        if "body" in behaviour:
            data = behaviour["body"].encode()
        if "bytes" in behaviour:
            data = b"x" * behaviour["bytes"]
        self.answer(status, data, behaviour.get("headers", {}))

    def refuse(self, text, status):
        with self.collector.lock:
            self.collector.faults.append(text)
        self.answer(status, text.encode())

    def answer(self, status, data, headers={}):
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(data)))
            for name, text in headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # the client has gone

    def log_message(self, *_):
        pass


def main():
    Handler.collector = Collector()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scheme = "http"
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    print(f"{scheme}://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
