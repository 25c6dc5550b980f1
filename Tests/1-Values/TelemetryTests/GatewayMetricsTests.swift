import Bytes
import Foundation
import Telemetry
import Testing

private let process = ProcessFigures(
    cpuSeconds: 1.25,
    residentBytes: 40_000_000,
    virtualBytes: 400_000_000,
    openDescriptors: 12,
    descriptorsMax: 1024,
    threads: 3,
    startSeconds: 1_795_219_200.5
)

/// Runs `promtool check metrics` over the text.
private func promtool(_ text: String) throws -> (status: Int32, output: String) {
    let path = "/usr/bin/promtool"
    try #require(
        FileManager.default.isExecutableFile(atPath: path),
        "promtool is missing: apt-get install prometheus"
    )
    let child = Process()
    child.executableURL = URL(fileURLWithPath: path)
    child.arguments = ["check", "metrics"]
    let (input, output) = (Pipe(), Pipe())
    child.standardInput = input
    child.standardOutput = output
    child.standardError = output
    try child.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    child.waitUntilExit()
    return (child.terminationStatus, String(decoding: answer, as: UTF8.self))
}

struct GatewayMetricsTests {
    @Test
    func `promtool accepts all metrics, even with hostile names`() throws {
        let metrics = GatewayMetrics(hasTenants: true)
        for (target, tool) in [
            ("time", "convert_time"), ("a\"b\\c\nd", "\u{0}\r\u{1f600}"), ("time", "other"), ("", ""),
        ] {
            let call = metrics.call(target: target, tool: tool)
            for outcome in CallOutcome.allCases {
                call.began()
                call.ended(outcome, ownNanoseconds: 21_000, upstreamNanoseconds: 3_000_000)
            }
        }
        metrics.requests.counter(["tools/call", "200"]).add()
        metrics.authenticationFailures.counter(["unknown_key"]).add()
        metrics.refreshes.counter(["time", "ok"]).add()
        metrics.limitRefusals.counter(["tenant", "calls per day"]).add()
        metrics.refreshTimes.ended("time", atMs: 1_795_219_200_500, tookMs: 12)
        metrics.loops.lag(of: "agents-0").observe(nanoseconds: 1_000)
        metrics.discoveries.retain(only: ["a\"b"])
        metrics.tenants?.tenant("a\"b\\c\nd").ended(CallRecord())
        metrics.cloudWatchDocuments.counter(["sent"]).add()
        var records = RecordQueueFigures()
        records.dropped = [("queue_full", 3)]
        records.lastWriteMs = 1_795_219_200_500
        var traces = TraceFigures()
        traces.dropped = [("queue_full", 3)]
        traces.lastExportMs = 1_795_219_200_500
        let catalog = [
            CatalogFigures(
                target: "time",
                tools: 2,
                ageSeconds: 12.5,
                isFailing: false,
                refusedTools: 3,
                changedTools: 1
            ),
            CatalogFigures(target: "dead", tools: 0, ageSeconds: nil, isFailing: true),
            CatalogFigures(target: "dead", tools: 1, ageSeconds: 1, isFailing: true),
        ]
        let text = metrics.render(
            version: "1.0 \"x\"",
            process: process,
            signing: SigningFigures(isReady: true, endsAtSeconds: 4_070_908_800),
            catalog: catalog,
            certificateEndsAt: 4_070_908_800,
            limits: [LimitFigures(metric: "calls per day")],
            records: records,
            traces: traces,
            isReady: true
        ).text
        let (status, output) = try promtool(text)
        #expect(status == 0 && output.isEmpty, "\(output)\n\(text)")
        #expect(text.contains("\nmcp_gateway_catalog_tools_refused{target=\"time\"} 3\n"))
        #expect(text.contains("\nmcp_gateway_catalog_tools_changed{target=\"time\"} 1\n"))
        #expect(text.contains("\nmcp_gateway_aws_credentials 1\n"))
        #expect(text.contains("\nmcp_gateway_aws_credentials_expiry_timestamp_seconds 4070908800\n"))
        let spoiled = text.replacing("# HELP mcp_gateway_connections", with: "# HELP other_name")
        #expect(try promtool(spoiled).status != 0, "promtool should see a family without help")
    }

    @Test
    func `promtool accepts an empty registry`() throws {
        let text = GatewayMetrics().render(version: "0", process: process, catalog: []).text
        let (status, output) = try promtool(text)
        #expect(status == 0 && output.isEmpty, "\(output)\n\(text)")
    }

    @Test
    func `a call is counted by outcome, timed, and in flight until it ends`() {
        let metrics = GatewayMetrics()
        let call = metrics.call(target: "time", tool: "convert_time")
        call.began()
        call.began()
        call.ended(.ok, ownNanoseconds: 4_000, upstreamNanoseconds: 2_000_000)
        func lines() -> [String] {
            metrics.render(version: "1", process: process, catalog: []).text.split(separator: "\n").map {
                String($0)
            }
        }
        let series = "target=\"time\",tool=\"convert_time\",outcome="
        let first = lines()
        #expect(first.contains("mcp_gateway_calls_total{\(series)\"ok\"} 1"))
        #expect(first.contains("mcp_gateway_calls_in_flight{target=\"time\"} 1"))
        #expect(first.contains("mcp_gateway_call_own_duration_seconds_bucket{le=\"5e-06\"} 1"))
        #expect(first.contains("mcp_gateway_call_own_duration_seconds_sum 4e-06"))
        #expect(
            first.contains(
                "mcp_gateway_call_upstream_duration_seconds_bucket{target=\"time\",le=\"0.001\"} 0"
            )
        )
        #expect(
            first.contains(
                "mcp_gateway_call_upstream_duration_seconds_bucket{target=\"time\",le=\"0.0025\"} 1"
            )
        )
        #expect(
            first.contains("mcp_gateway_call_upstream_duration_seconds_bucket{target=\"time\",le=\"+Inf\"} 1")
        )
        call.ended(.limited, ownNanoseconds: .max, upstreamNanoseconds: nil)
        let second = lines()
        #expect(second.contains("mcp_gateway_calls_total{\(series)\"limited\"} 1"))
        #expect(second.contains("mcp_gateway_calls_in_flight{target=\"time\"} 0"))
        #expect(second.contains("mcp_gateway_call_own_duration_seconds_count 2"))
        #expect(second.contains("mcp_gateway_call_upstream_duration_seconds_count{target=\"time\"} 1"))
    }

    @Test
    func `beyond the bounds, tools and targets are counted as other`() {
        let metrics = GatewayMetrics(targetsMax: 2, toolsMax: 3)
        let first = metrics.call(target: "a", tool: "1")
        #expect(metrics.call(target: "a", tool: "1") === first)
        _ = metrics.call(target: "a", tool: "2")
        _ = metrics.call(target: "b", tool: "1")
        let overflow = metrics.call(target: "a", tool: "3")
        #expect(overflow.tool == "other" && overflow.target === first.target)
        #expect(metrics.call(target: "a", tool: "4") === overflow)
        #expect(metrics.call(target: "a", tool: "other") === overflow)
        let elsewhere = metrics.call(target: "c", tool: "1")
        #expect(elsewhere.target.target == "other" && elsewhere.tool == "other")
        for index in 0..<1000 {
            let call = metrics.call(target: "t\(index)", tool: "u\(index)")
            #expect(call === elsewhere)
        }
        let family = CounterFamily("x_total", "X.", labels: ["a", "b"], seriesMax: 2)
        let counters = (0..<10).map { family.counter(["\($0)", "1"]) }
        #expect(counters[1] !== counters[2] && counters[2] === counters[9])
    }

    @Test
    func `eight threads lose no count`() async {
        let call = GatewayMetrics().call(target: "t", tool: "u")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for index in 0..<10_000 {
                        call.began()
                        call.ended(.ok, ownNanoseconds: UInt64(index), upstreamNanoseconds: 1)
                    }
                }
            }
        }
        #expect(call.count(.ok) == 80_000 && call.target.inFlight.value == 0)
        let reading = call.target.upstream.read()
        #expect(reading.cumulative.last == 80_000 && reading.sumNanoseconds == 80_000)
    }
}

struct MetricsWriterTests {
    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (0.5, "0.5"), (1e16, "1e+16"), (123_456_789, "123456789"),
            (.infinity, "+Inf"),
            (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)]
    )
    func `numbers are written as the format requires`(_ value: Double, _ text: String) {
        var writer = MetricsWriter()
        writer.family("x", .gauge, "Line\nand \\ and \".")
        writer.sample([("l", "a\"b\\c\nd")], value)
        let expected = "# HELP x Line\\nand \\\\ and \".\n# TYPE x gauge\nx{l=\"a\\\"b\\\\c\\nd\"} \(text)\n"
        #expect(writer.buffer.text == expected)
    }
}
