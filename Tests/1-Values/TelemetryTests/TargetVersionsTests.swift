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
        #expect(figures.last?.version == "other")
        #expect(figures.reduce(0) { $0 + $1.calls } == 1_000)
    }

    @Test func `a new version takes the place of one that is not called any more`() {
        let versions = TargetVersions()
        let report = ReportedCall(initUs: 7, billedMs: 5, memoryUsedMB: 36)
        for number in 1...16 {
            versions.answered(by: "\(number)".utf8.span)
            versions.reported(report, by: "\(number)".utf8.span)
        }
        // Version 3 is no longer called; 17 is new.
        for _ in 0..<40 {
            for number in 1...17 where number != 3 { versions.answered(by: "\(number)".utf8.span) }
        }
        let figures = versions.figures
        let names = figures.map { $0.version }
        #expect(names == (1...17).filter { $0 != 3 }.map { "\($0)" } + ["other"])
        let calls = Dictionary(uniqueKeysWithValues: figures.map { ($0.version, $0.calls) })
        #expect(calls["1"] == 41 && calls["16"] == 41)
        // `other` has the first calls of 17, and the only one of 3.
        #expect((calls["17"] ?? 0) > 0 && calls["17"].map { $0 + (calls["other"] ?? 0) } == 41)
        var other = VersionFigures(version: "other", calls: calls["other"] ?? 0, reports: 1, coldStarts: 1)
        (other.initUs, other.billedMs, other.memoryUsedMB) = (7, 5, 36)
        #expect(figures.last == other)
    }

    @Test func `versions that are all in use keep their places`() {
        let versions = TargetVersions()
        for number in 1...16 { versions.answered(by: "\(number)".utf8.span) }
        for _ in 0..<100 {
            for number in 1...17 { versions.answered(by: "\(number)".utf8.span) }
        }
        #expect(versions.figures.last == VersionFigures(version: "other", calls: 100))
        #expect(versions.figures.dropLast().allSatisfy { $0.calls == 101 })
    }

    @Test(arguments: ["", "a b", "a\u{1B}", "é", "other", String(repeating: "1", count: 129)])
    func `text that isn't a version is counted under other`(_ text: String) {
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
        #expect(versions.figures.count == TargetVersions.versionsMax + 1)
    }

    @Test func `no call is lost while versions come and go on many threads`() async {
        let versions = TargetVersions()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { @concurrent in
                    for number in 0..<20_000 {
                        versions.answered(by: "\(number / 400)".utf8.span)
                        if number % 100 == 0 { _ = versions.figures }
                    }
                }
            }
        }
        #expect(versions.figures.reduce(0) { $0 + $1.calls } == 160_000)
        #expect(versions.figures.contains { $0.version == "49" })
    }

    @Test func `the metrics and the figures of calls include versions`() {
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
