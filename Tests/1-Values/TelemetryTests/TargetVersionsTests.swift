import Bytes
import Telemetry
import Testing

struct TargetVersionsTests {
    private func render(_ metrics: GatewayMetrics) -> String {
        metrics.render(
            version: "1",
            process: ProcessFigures(
                cpuSeconds: 0,
                residentBytes: 0,
                virtualBytes: 0,
                openDescriptors: 0,
                descriptorsMax: 0,
                threads: 0,
                startSeconds: 0
            ),
            catalog: []
        ).text
    }

    @Test func `calls and reports are counted by version`() {
        let versions = TargetVersions()
        for version in ["9", "10", "9", "$LATEST"] { versions.answered(by: version.utf8.span) }
        let cold = ReportedCall(initUs: 402_040, billedMs: 415, memoryUsedMB: 36)
        versions.reported(cold, by: "9".utf8.span)
        versions.reported(ReportedCall(initUs: nil, billedMs: 13, memoryUsedMB: 34), by: "9".utf8.span)
        #expect(
            versions.figures == [
                VersionFigures(
                    version: "9",
                    calls: 2,
                    reports: 2,
                    coldStarts: 1,
                    initUs: 402_040,
                    billedMs: 428,
                    memoryUsedMB: 36
                ),
                VersionFigures(version: "10", calls: 1), VersionFigures(version: "$LATEST", calls: 1),
            ]
        )
    }

    @Test func `versions are bounded, and those past the bound are counted together`() {
        let versions = TargetVersions()
        for number in 1...1_000 { versions.answered(by: "\(number)".utf8.span) }
        let figures = versions.figures
        #expect(figures.count == TargetVersions.versionsMax + 1)
        #expect(figures.last == VersionFigures(version: "other", calls: 984))
    }

    @Test(arguments: ["", "a b", "a\u{1B}", "é", "other", String(repeating: "1", count: 129)])
    func `what is no version is counted among the others`(_ text: String) {
        let versions = TargetVersions()
        versions.answered(by: text.utf8.span)
        #expect(versions.figures == [VersionFigures(version: "other", calls: 1)])
    }

    @Test func `many threads count each call once`() async {
        let versions = TargetVersions()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { @concurrent in
                    for number in 0..<10_000 { versions.answered(by: "\(number % 20)".utf8.span) }
                }
            }
        }
        #expect(versions.figures.reduce(0) { $0 + $1.calls } == 80_000)
        #expect(versions.figures.dropLast().allSatisfy { $0.calls == 4_000 })
    }

    @Test func `metrics and figures of calls have them`() {
        let metrics = GatewayMetrics()
        let call = metrics.call(target: "time", tool: "now")
        call.target.versions.answered(by: "7".utf8.span)
        let report = ReportedCall(initUs: 402_040, billedMs: 415, memoryUsedMB: 36)
        call.target.versions.reported(report, by: "7".utf8.span)
        let text = render(metrics)
        for line in [
            #"mcp_gateway_function_calls_total{target="time",version="7"} 1"#,
            #"mcp_gateway_function_reports_total{target="time",version="7"} 1"#,
            #"mcp_gateway_function_cold_starts_total{target="time",version="7"} 1"#,
            #"mcp_gateway_function_init_seconds_total{target="time",version="7"} 0.40204"#,
            #"mcp_gateway_function_billed_seconds_total{target="time",version="7"} 0.415"#,
            #"mcp_gateway_function_memory_used_bytes{target="time",version="7"} 37748736"#,
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(metrics.callFigures(nowMs: 1)["time"]?.versions.first?.version == "7")
    }
}
