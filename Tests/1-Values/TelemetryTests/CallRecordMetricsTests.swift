import Bytes
import Telemetry
import Testing

/// The calls in `/metrics`: by target, by tenant and under the conventions' names.
struct CallRecordMetricsTests {
    @Test func `attempts, bytes and costs are summed by target`() {
        let metrics = GatewayMetrics()
        let call = metrics.call(target: "t", tool: "u")
        var record = CallRecord()
        record.attempts = 3
        record.bytesIn = 100
        record.bytesOut = 2_000
        record.costNanoUSD = 1_250_000_000
        call.ended(record)
        record.attempts = 0
        record.costNanoUSD = 0
        record.flags = [.hasNoCost]
        call.ended(record)
        for (name, value) in [
            ("attempts_total", "3"), ("retries_total", "2"), ("request_bytes_total", "200"),
            ("response_bytes_total", "4000"), ("cost_usd_total", "1.25"), ("cost_unknown_total", "1"),
        ] { #expect(metrics.value("mcp_gateway_call_\(name){target=\"t\"}") == value, "\(name)") }
    }

    /// How a call ended, and its `error_type` on the agents' and on the functions' side.
    @Test(
        arguments: [
            (.ok, nil, nil), (.toolError, "tool_error", "tool_error"), (.timedOut, "timed_out", "timed_out"),
            (.functionError, "function_error", "function_error"), (.throttled, "throttled", "throttled"),
            (.limited, "429", nil), (.refused, "-32602", nil), (.cancelled, "cancelled", "cancelled"),
        ] as [(CallOutcome, String?, String?)]
    )
    func `a call's durations have the names and labels of the conventions`(
        _ outcome: CallOutcome,
        _ server: String?,
        _ client: String?
    ) {
        let metrics = GatewayMetrics()
        let call = metrics.call(target: "t", tool: "u")
        let isSent = outcome == .ok || client != nil
        call.began()
        call.ended(outcome, ownNanoseconds: 1_000_000, upstreamNanoseconds: isSent ? 40_000_000 : nil)
        func series(_ side: String, _ error: String?) -> String {
            let error = error.map { ",error_type=\"\($0)\"" } ?? ""
            return "mcp_\(side)_operation_duration_seconds_sum{mcp_method_name=\"tools/call\","
                + "network_transport=\"tcp\",gen_ai_operation_name=\"execute_tool\",gen_ai_tool_name=\"t___u\"\(error)}"
        }
        #expect(metrics.value(series("server", server)) == (isSent ? "0.041" : "0.001"))
        #expect(metrics.value(series("client", client)) == (isSent ? "0.04" : nil))
    }

    @Test func `other methods are timed too, unknown ones under one label`() {
        let metrics = GatewayMetrics()
        let lists = OperationMetrics.methods.firstIndex(of: "tools/list")
        metrics.operations.served(method: lists, isError: false, nanoseconds: 2_000_000)
        metrics.operations.served(method: nil, isError: true, nanoseconds: 1_000_000)
        metrics.operations.listed(isError: false, nanoseconds: 30_000_000)
        let server = "mcp_server_operation_duration_seconds_sum{mcp_method_name="
        #expect(metrics.value("\(server)\"tools/list\",network_transport=\"tcp\"}") == "0.002")
        #expect(
            metrics.value("\(server)\"_OTHER\",network_transport=\"tcp\",error_type=\"_OTHER\"}") == "0.001"
        )
        let client = "mcp_client_operation_duration_seconds_sum{mcp_method_name="
        #expect(metrics.value("\(client)\"tools/list\",network_transport=\"tcp\"}") == "0.03")
    }

    @Test func `pairs of tool and outcome beyond the bound are counted under the tool other`() {
        let metrics = GatewayMetrics(toolsMax: 3)
        for tool in 0..<3 {
            for outcome in CallOutcome.allCases {
                metrics.call(target: "t", tool: "u\(tool)")
                    .ended(outcome, ownNanoseconds: 1_000_000, upstreamNanoseconds: nil)
            }
        }
        let counts = metrics.text.split(separator: "\n").filter {
            $0.hasPrefix("mcp_server_operation_duration_seconds_count")
        }
        #expect(counts.count == 6 + 11)
        #expect(counts.count { $0.contains("gen_ai_tool_name=\"other\"") } == 11)
        #expect(counts.reduce(0) { $0 + (Int($1.split(separator: " ")[1]) ?? 0) } == 33)
    }

    @Test func `tenants have their own figures only if that is wanted`() {
        let plain = GatewayMetrics()
        #expect(plain.tenants == nil && !plain.text.contains("mcp_gateway_tenant"))
        let metrics = GatewayMetrics(tenantsMax: 2, hasTenants: true)
        var record = CallRecord()
        record.endedUs = 50_000
        record.costNanoUSD = 3_000
        for tenant in ["acme", "rival", "third", "fourth", "acme"] {
            metrics.tenants?.tenant(tenant).ended(record)
        }
        record.outcome = UInt8(CallOutcome.limited.rawValue)
        metrics.tenants?.tenant("acme").ended(record)
        let calls = "mcp_gateway_tenant_calls_total"
        #expect(metrics.value("\(calls){tenant=\"acme\",outcome=\"ok\"}") == "2")
        #expect(metrics.value("\(calls){tenant=\"acme\",outcome=\"limited\"}") == "1")
        #expect(metrics.value("\(calls){tenant=\"other\",outcome=\"ok\"}") == "2")
        #expect(metrics.value("mcp_gateway_tenant_call_duration_seconds_count{tenant=\"acme\"}") == "2")
        #expect(metrics.value("mcp_gateway_tenant_call_cost_usd_total{tenant=\"rival\"}") == "3e-06")
        #expect(!metrics.text.contains("third"))
    }
}

struct OperatingMetricsTests {
    @Test func `a limit counts as near its end from 80 % on`() {
        var figures = LimitFigures(metric: "calls per day")
        for remaining in [100, 21, 20, 1, 0] { figures.add(most: 100, remaining: remaining) }
        figures.add(most: 100, remaining: -5)
        #expect((figures.limits, figures.near, figures.full) == (6, 4, 2))
    }

    @Test func `discoveries have figures only while they are in force`() {
        let metrics = GatewayMetrics()
        metrics.discoveries.retain(only: ["new"])
        metrics.discoveries.ended("old", isError: true, atMs: 5)
        metrics.discoveries.ended("new", isError: false, atMs: 1_795_219_200_500)
        metrics.discoveries.ended("new", isError: true, atMs: 1_795_219_260_000)
        #expect(metrics.value("mcp_gateway_discovery_failing{discovery=\"new\"}") == "1")
        #expect(
            metrics.value("mcp_gateway_discovery_last_success_timestamp_seconds{discovery=\"new\"}")
                == "1795219200.5"
        )
        #expect(!metrics.text.contains("discovery=\"old\""))
        metrics.discoveries.retain(only: [])
        #expect(!metrics.text.contains("discovery=\"new\""))
    }

    @Test func `the number of targets with refresh times is bounded`() {
        let metrics = GatewayMetrics(targetsMax: 2)
        for index in 0..<100 { metrics.refreshTimes.ended("t\(index)", atMs: 1_000, tookMs: 5) }
        let process = ProcessFigures(
            cpuSeconds: 0,
            residentBytes: 0,
            virtualBytes: 0,
            openDescriptors: 0,
            descriptorsMax: 0,
            threads: 0,
            startSeconds: 0
        )
        let catalog = (0..<100).map {
            CatalogFigures(target: "t\($0)", tools: 1, ageSeconds: 1, refreshedAtMs: 2_000, isFailing: false)
        }
        let text = metrics.render(version: "1", process: process, catalog: catalog).text
        let name = "mcp_gateway_catalog_last_refresh"
        #expect(text.split(separator: "\n").count { $0.hasPrefix("\(name)_timestamp_seconds{") } == 4)
        #expect(text.contains("\n\(name)_timestamp_seconds{target=\"t3\"} 1\n"))
        #expect(text.contains("\n\(name)_success_timestamp_seconds{target=\"t3\"} 2\n"))
        #expect(text.contains("\n\(name)_duration_seconds{target=\"t3\"} 0.005\n"))
    }

    @Test func `a reader of tool use sees each execution once`() {
        let metrics = GatewayMetrics(hasSketches: true)
        let call = metrics.call(target: "t", tool: "u")
        var reader = ToolUseReader()
        #expect(reader.takeNews(of: metrics).isEmpty)
        for outcome in [CallOutcome.ok, .ok, .toolError, .limited] {
            call.ended(outcome, ownNanoseconds: 1_000_000, upstreamNanoseconds: 9_000_000)
        }
        let news = reader.takeNews(of: metrics)
        #expect(news.map { [$0.successes, $0.failures, $0.durations.count] } == [[2, 1, 3]])
        let ms = news.first?.durations.counted.map { Double($0.nanoseconds) / 1e6 } ?? []
        #expect(ms.count == 1 && abs((ms.first ?? 0) / 10 - 1) < 0.02)
        #expect(reader.takeNews(of: metrics).isEmpty)
        call.ended(.ok, ownNanoseconds: 1, upstreamNanoseconds: nil)
        #expect(reader.takeNews(of: metrics).map { $0.executions } == [1])
    }
}
