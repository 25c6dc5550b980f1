import Foundation
import JSON
import TestSupport
import Testing

/// Calls of agents and their spans, as a third party's collector gets them, and what real functions are told of traces.
struct TraceTests {
    static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    static let traceID = "0af7651916cd43dd8448eb211c80319c"

    /// A modern call with extra members of `_meta` and extra header fields.
    private func call(
        _ gateway: GatewayProcess,
        key: String,
        _ tool: String,
        meta: [String: String] = [:],
        headers: [String] = []
    ) async throws -> Agent.Answer {
        let own = meta.map { "\(JSONValue.string($0.key).text):\(JSONValue.string($0.value).text)," }.joined()
        let body = """
            {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":\(JSONValue.string(tool).text),\
            "arguments":{},"_meta":{\(own)"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
            "io.modelcontextprotocol/clientCapabilities":{}}}}
            """
        var head = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        head += "Accept: application/json, text/event-stream\r\nAuthorization: Bearer \(key)\r\n"
        head += "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: \(tool)\r\n"
        for header in headers { head += "\(header)\r\n" }
        let client = try RawClient(port: gateway.agentsPort)
        client.send("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let answer = try await Agent.answer(on: client)
        client.close()
        return answer
    }

    /// Runs `body` with a collector, a gateway that sends traces, and a key of the tenant `demo`.
    private func traced(
        _ settings: String = "sample = 1.0",
        targets: [Workspace.Target] = [.function("traced")],
        headers: String = "",
        environment: [String: String] = [:],
        _ body: (GatewayProcess, PythonCollector, _ key: String) async throws -> Void
    ) async throws {
        try await PythonCollector.with { collector in
            let lines = "endpoint = \"\(collector.url)\"\ninterval = \"1s\"\n\(settings)\n\(headers)"
            try await withGateway(
                local: true,
                targets: targets,
                settings: ["traces": lines],
                environment: environment
            ) { gateway in
                let key = try await gateway.workspace.issueKey().key
                let agent = try await gateway.agent(key: key)
                try await gateway.awaitTool("traced___seen", agent)
                try await body(gateway, collector, key)
            }
        }
    }

    @Test func `a call continues its caller's trace, through the gateway into a real function`() async throws
    {
        try await traced { gateway, collector, key in
            let answer = try await call(
                gateway,
                key: key,
                "traced___seen",
                meta: ["traceparent": Self.parent, "tracestate": "rojo=1,congo=\"2\"", "baggage": "a=b"],
                // The context in the message wins over the header's.
                headers: ["traceparent: 00-11111111111111111111111111111111-2222222222222222-00"]
            )
            let seen = try #require(answer.structured)
            let spans = try await collector.spans(ofTrace: Self.traceID, count: 3)
            let server = try #require(spans.first { $0.name == "tools/call traced___seen" })
            let request = try #require(spans.first { $0["kind"] == "SPAN_KIND_CLIENT" })
            #expect(server["kind"] == "SPAN_KIND_SERVER" && server["parentSpanId"] == "b7ad6b7169203331")
            #expect(request["parentSpanId"] == server["spanId"])
            let steps = spans.filter { $0["kind"] == "SPAN_KIND_INTERNAL" }
            #expect(steps.contains { $0.name == "authorization" })
            #expect(steps.allSatisfy { $0["parentSpanId"] == server["spanId"] })
            // What the function got.
            let id = request["spanId"]
            #expect(seen["meta"]?["traceparent"]?.stringValue == "00-\(Self.traceID)-\(id)-01")
            #expect(seen["meta"]?["tracestate"]?.stringValue == "rojo=1,congo=\"2\"")
            #expect(seen["meta"]?["baggage"]?.stringValue == "a=b")
            #expect(
                seen["xray"]?.stringValue
                    == "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=\(id);Sampled=1"
            )
            // The spans' attributes.
            #expect(server.attribute("mcp.method.name") == "tools/call")
            #expect(server.attribute("gen_ai.tool.name") == "traced___seen")
            #expect(server.attribute("mcp.protocol.version") == "2026-07-28")
            #expect(server.attribute("mcp_gateway.tenant") == "demo")
            #expect(server["status"] == "STATUS_CODE_UNSET")
            #expect(request.name == "test-traced")
            #expect(request.attribute("faas.invoked_name") == "test-traced")
            #expect(request.attribute("faas.invoked_provider") == "aws")
            #expect(request.attribute("faas.invocation_id")?.count == 36)
            #expect(request.attribute("faas.version") == "$LATEST")
            let resource = server.json["resource"]
            #expect(resource?["service.name"]?.stringValue == "mcp-gateway")
            #expect(resource?["service.instance.id"]?.stringValue?.count == 36)
            #expect(try await collector.faults().isEmpty)
        }
    }

    @Test func `the context of a header, or no context, reaches a function too`() async throws {
        try await traced { gateway, collector, key in
            let header = try await call(
                gateway,
                key: key,
                "traced___seen",
                headers: [
                    "TraceParent: \(Self.parent)", "tracestate: a=1", "tracestate: b=2", "baggage: x=y",
                ]
            )
            let told = try #require(header.structured?["meta"])
            #expect(told["traceparent"]?.stringValue?.hasPrefix("00-\(Self.traceID)-") == true)
            #expect(told["tracestate"]?.stringValue == "a=1,b=2")
            #expect(told["baggage"] == nil)
            // Malformed: a new trace begins, which takes nothing from the old one.
            let broken = try await call(
                gateway,
                key: key,
                "traced___seen",
                meta: ["traceparent": "00-\(Self.traceID)-0000000000000000-01", "tracestate": "a=1"]
            )
            let own = try #require(broken.structured?["meta"]?["traceparent"]?.stringValue)
            #expect(!own.contains(Self.traceID) && own.count == 55)
            #expect(broken.structured?["meta"]?["tracestate"] == nil)
            let id = String(own.dropFirst(3).prefix(32))
            let server = try await collector.spans(ofTrace: id, count: 3).first {
                $0["kind"].hasSuffix("SERVER")
            }
            #expect(server?["parentSpanId"] == "")
        }
    }

    @Test func `functions with a client context find the trace in it`() async throws {
        let target = Workspace.Target.function(
            "traced",
            named: "traced",
            ["approval = \"open\"": "approval = \"open\"\ncaller_identity = \"client-context\""]
        )
        try await traced(targets: [target]) { gateway, collector, key in
            let answer = try await call(
                gateway,
                key: key,
                "traced___seen",
                meta: ["traceparent": Self.parent, "tracestate": "a=1"]
            )
            let spans = try await collector.spans(ofTrace: Self.traceID, count: 3)
            let id = try #require(spans.first { $0["kind"].hasSuffix("CLIENT") })["spanId"]
            let w3c = try #require(answer.structured?["w3c"])
            #expect(w3c["traceparent"]?.stringValue == "00-\(Self.traceID)-\(id)-01")
            #expect(w3c["tracestate"]?.stringValue == "a=1")
        }
    }

    @Test func `without a collector a caller's context is passed on unchanged, and nothing else is sent`()
        async throws
    {
        try await withGateway(local: true, targets: [.function("traced")]) { gateway in
            let key = try await gateway.workspace.issueKey().key
            try await gateway.awaitTool("traced___seen", try await gateway.agent(key: key))
            let named = try await call(
                gateway,
                key: key,
                "traced___seen",
                meta: ["traceparent": Self.parent, "tracestate": "a=1"]
            )
            #expect(named.structured?["meta"]?["traceparent"]?.stringValue == Self.parent)
            #expect(named.structured?["meta"]?["tracestate"]?.stringValue == "a=1")
            #expect(
                named.structured?["xray"]?.stringValue
                    == "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"
            )
            let header = try await call(
                gateway,
                key: key,
                "traced___seen",
                headers: ["traceparent: \(Self.parent)"]
            )
            #expect(header.structured?["meta"]?["traceparent"]?.stringValue == Self.parent)
            let nothing = try await call(gateway, key: key, "traced___seen")
            #expect(nothing.structured?["meta"] == [:])
            // The local Lambda makes an id of its own, as AWS does.
            #expect(nothing.structured?["xray"]?.stringValue?.hasSuffix(";Sampled=0") == true)
        }
    }

    @Test func `a function gets an unsampled trace as such, and it is sent only when the call fails`()
        async throws
    {
        try await traced("sample = 0.0") { gateway, collector, key in
            let silent = "00-\(Self.traceID)-b7ad6b7169203331-00"
            let good = try await call(gateway, key: key, "traced___seen", meta: ["traceparent": silent])
            #expect(good.structured?["meta"]?["traceparent"]?.stringValue?.hasSuffix("-00") == true)
            #expect(good.structured?["xray"]?.stringValue?.hasSuffix(";Sampled=0") == true)
            let bad = try await call(gateway, key: key, "traced___fail", meta: ["traceparent": silent])
            #expect(bad.isError == true)
            let spans = try await collector.spans(ofTrace: Self.traceID, count: 3)
            #expect(!spans.contains { $0.name == "tools/call traced___seen" })
            let server = try #require(spans.first { $0.name == "tools/call traced___fail" })
            #expect(server["status"] == "STATUS_CODE_ERROR" && server["message"] == "the function failed")
            #expect(server.attribute("error.type") == "function_error")
            // The function's own words may hold secrets.
            #expect(!spans.contains { $0.json.text.contains("as it was told") })
            #expect(spans.first { $0["kind"].hasSuffix("CLIENT") }?["status"] == "STATUS_CODE_ERROR")
        }
    }

    @Test func `a call that the gateway refuses is a span with the reason, whatever the name`() async throws {
        try await traced("sample = 0.0") { gateway, collector, key in
            let name = "<b>'; DROP TABLE--"
            let agent = try await gateway.agent(key: key)
            _ = try await agent.call(name)
            _ = try await agent.call(String(repeating: "ü", count: 4_000))
            try await eventually("both are there") {
                try await collector.spans().count { $0.name == "tools/call" } == 2
            }
            let spans = try await collector.spans().filter { $0.name == "tools/call" }
            #expect(spans.allSatisfy { $0.attribute("error.type") == "unknown_tool" })
            #expect(spans.contains { $0.attribute("gen_ai.tool.name") == name })
            #expect(spans.allSatisfy { ($0.attribute("gen_ai.tool.name")?.utf8.count ?? 0) <= 1_024 })
            #expect(try await collector.faults().isEmpty)
        }
    }

    @Test func `two tenants' spans carry their own names`() async throws {
        try await traced { gateway, collector, key in
            let other = try await gateway.workspace.issueKey(tenant: "globex").key
            _ = try await gateway.agent(key: other)
            let second = "00-11111111111111111111111111111111-2222222222222222-01"
            _ = try await call(gateway, key: key, "traced___seen", meta: ["traceparent": Self.parent])
            _ = try await call(gateway, key: other, "traced___seen", meta: ["traceparent": second])
            for (id, tenant) in [(Self.traceID, "demo"), (String(repeating: "1", count: 32), "globex")] {
                let spans = try await collector.spans(ofTrace: id, count: 3)
                let tenants = Set(spans.compactMap { $0.attribute("mcp_gateway.tenant") })
                #expect(tenants == [tenant])
            }
        }
    }

    @Test func `refreshes and publications are traces of their own`() async throws {
        try await traced { gateway, collector, _ in
            _ = try await gateway.workspace.command("target", "refresh", "traced")
            try await eventually("both are there") {
                let names = try await collector.spans().map { $0.name }
                return names.contains("refresh traced") && names.contains("publication")
            }
            let refresh = try #require(try await collector.spans().first { $0.name == "refresh traced" })
            #expect(refresh["parentSpanId"] == "" && refresh.attribute("mcp_gateway.target") == "traced")
        }
    }

    @Test func `secrets go to the collector alone, and OpenTelemetry's variables are respected`() async throws
    {
        try await traced(
            headers: "headers = { x-api-key = \"${COLLECTOR_KEY}\" }",
            environment: [
                "COLLECTOR_KEY": "s3cret", "OTEL_SERVICE_NAME": "tools",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test%20bed",
            ]
        ) { gateway, collector, key in
            _ = try await call(gateway, key: key, "traced___seen", meta: ["traceparent": Self.parent])
            let spans = try await collector.spans(ofTrace: Self.traceID, count: 3)
            #expect(spans[0].json["resource"]?["service.name"]?.stringValue == "tools")
            #expect(spans[0].json["resource"]?["deployment.environment.name"]?.stringValue == "test bed")
            let request = try #require(try await collector.requests().first)
            #expect(request["path"]?.stringValue == "/v1/traces")
            #expect(request["headers"]?["x-api-key"]?.stringValue == "s3cret")
            #expect(request["headers"]?["content-type"]?.stringValue == "application/x-protobuf")
            #expect(!gateway.log.contains("s3cret"))
            #expect(try await !gateway.workspace.command("config", "show").contains("s3cret"))
        }
    }

    /// How a collector misbehaves, and what is counted then.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let name: String
        let behaviour: JSONValue
        /// The beginning of a line of /metrics whose value is above 0 afterwards.
        let metric: String

        var testDescription: String { name }
    }

    private static let dropped = "mcp_gateway_trace_spans_dropped_total"

    @Test(arguments: [
        Trouble(
            name: "429 once",
            behaviour: ["status": 429, "headers": ["Retry-After": "0"], "count": 1],
            metric: "mcp_gateway_trace_export_failures_total"
        ),
        Trouble(
            name: "503 twice",
            behaviour: ["status": 503, "headers": ["Retry-After": "0"], "count": 2],
            metric: "mcp_gateway_trace_export_failures_total"
        ),
        Trouble(
            name: "500",
            behaviour: ["status": 500, "count": 1],
            metric: "\(dropped){reason=\"refused\"}"
        ),
        Trouble(
            name: "a redirect",
            behaviour: ["status": 307, "headers": ["Location": "http://127.0.0.1:1/"], "count": 1],
            metric: "\(dropped){reason=\"refused\"}"
        ),
        Trouble(
            name: "partial success",
            behaviour: ["reject": 1, "count": 1],
            metric: "\(dropped){reason=\"refused\"}"
        ),
        Trouble(
            name: "garbage",
            behaviour: ["body": "<html>ok</html>", "count": 1],
            metric: "mcp_gateway_trace_spans_exported_total"
        ),
        Trouble(
            name: "a huge answer",
            behaviour: ["bytes": 1_000_000, "count": 1],
            metric: "\(dropped){reason=\"refused\"}"
        ),
    ])
    func `a collector in trouble raises a counter, and fails no call`(_ row: Trouble) async throws {
        try await traced { gateway, collector, key in
            // The spans of the start must have arrived first.
            try await eventually("the start's spans are there") { try await !collector.spans().isEmpty }
            try await collector.behave(row.behaviour)
            let answer = try await call(gateway, key: key, "traced___seen")
            #expect(answer.isError != true && answer.status == 200)
            try await eventually("it is counted") { (try await gateway.metric(row.metric) ?? 0) > 0 }
            // The export works again.
            _ = try await call(gateway, key: key, "traced___seen", meta: ["traceparent": Self.parent])
            _ = try await collector.spans(ofTrace: Self.traceID, count: 3)
        }
    }

    @Test func `a missing collector costs one line of the log, and doesn't delay the shutdown`() async throws
    {
        let settings = ["traces": "endpoint = \"http://127.0.0.1:1\"\nsample = 1.0\ninterval = \"1s\""]
        try await withGateway(local: true, targets: [.function("traced")], settings: settings) { gateway in
            let key = try await gateway.workspace.issueKey().key
            try await gateway.awaitTool("traced___seen", try await gateway.agent(key: key))
            try await eventually("it failed twice") {
                (try await gateway.metric("mcp_gateway_trace_export_failures_total") ?? 0) >= 2
            }
            let answer = try await call(gateway, key: key, "traced___seen")
            #expect(answer.status == 200 && answer.isError != true)
            let lines = gateway.log.split(separator: "\n").count { $0.contains("spans can't be sent") }
            #expect(lines == 1)
            let began = ContinuousClock.now
            await gateway.stop()
            #expect(ContinuousClock.now - began < .seconds(15))
        }
    }

    @Test func `unsent spans are sent when the gateway ends`() async throws {
        try await PythonCollector.with { collector in
            let settings = ["traces": "endpoint = \"\(collector.url)\"\nsample = 1.0"]
            try await withGateway(local: true, targets: [.function("traced")], settings: settings) {
                gateway in
                let key = try await gateway.workspace.issueKey().key
                try await gateway.awaitTool("traced___seen", try await gateway.agent(key: key))
                _ = try await call(gateway, key: key, "traced___seen", meta: ["traceparent": Self.parent])
                await gateway.stop()
            }
            #expect(try await collector.spans().count { $0["traceId"] == Self.traceID } >= 3)
        }
    }

    @Test func `a collector behind TLS is trusted if the named authority has issued its certificate`()
        async throws
    {
        let certificates = try TestCertificates.shared()
        for (ca, metric) in [
            (certificates.caFile, "mcp_gateway_trace_spans_exported_total"),
            (certificates.otherCAFile, "mcp_gateway_trace_export_failures_total"),
        ] {
            try await PythonCollector.with(certificates.server) { collector in
                let lines = "endpoint = \"\(collector.url)\"\nca = \"\(ca)\"\nsample = 1.0\ninterval = \"1s\""
                try await withGateway(settings: ["traces": lines]) { gateway in
                    // The publication is a span.
                    _ = try await gateway.workspace.issueKey()
                    try await eventually("\(metric) counts") { (try await gateway.metric(metric) ?? 0) > 0 }
                }
            }
        }
    }
}
