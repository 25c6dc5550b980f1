import Foundation
import JSON
import Telemetry
import TestSupport
import Testing

@testable import Server

/// The documents are checked by Tests/Python/embedded_metrics.py, which has the rules of CloudWatch.
struct EmbeddedMetricsTests {
    private static func use(_ target: String, _ tool: String, ok: UInt64, failed: UInt64, ms: [Double])
        -> ToolUse
    {
        var durations = QuantileSketch()
        for ms in ms { durations.add(nanoseconds: UInt64(ms * 1e6)) }
        return ToolUse(target: target, tool: tool, successes: ok, failures: failed, durations: durations)
    }

    @Test func `a tool's executions and their times are published by tool, and over all tools`() throws {
        let use = Self.use("time", "now", ok: 3, failed: 1, ms: [10, 10, 10, 500])
        let published = try judged(
            EmbeddedMetrics(logGroup: nil).documents([use], atMs: 1_795_219_200_500)
        )
        #expect(published.allSatisfy { $0["namespace"] == "MCP/Gateway" })
        func sum(_ metric: String, _ dimensions: JSONValue) -> [Double] {
            published.filter { $0["metric"]?.stringValue == metric && $0["dimensions"] == dimensions }.flatMap
            {
                zip($0["values"]?.arrayValue ?? [], $0["counts"]?.arrayValue ?? []).map {
                    ($0.doubleValue ?? 0) * ($1.doubleValue ?? 0)
                }
            }
        }
        #expect(sum("ToolExecutions", ["ToolName": "time___now", "Success": "true"]) == [3])
        #expect(sum("ToolExecutions", ["ToolName": "time___now", "Success": "false"]) == [1])
        #expect(sum("ToolExecutions", ["Success": "true"]) == [0, 3])
        #expect(sum("ToolExecutions", ["Success": "false"]) == [0, 1])
        for dimensions: JSONValue in [["ToolName": "time___now"], [:]] {
            let times = sum("ToolExecutionTime", dimensions)
            #expect(times.count == 2 && abs(times[0] / 30 - 1) < 0.02 && abs(times[1] / 500 - 1) < 0.02)
        }
    }

    @Test func `without calls zeros are published as a sign of life`() throws {
        let published = try judged(EmbeddedMetrics(logGroup: "mcp-gateway").documents([], atMs: 1))
        #expect(published.map { $0["metric"] } == ["ToolExecutions", "ToolExecutions"])
        #expect(published.allSatisfy { $0["values"] == [0] })
    }

    /// Durations of a hundred kinds and more, and names that shouldn't exist.
    @Test(arguments: [
        "plain", "", " ", ":colon", "\u{0}\r\n\"\\", "ünï😀", "<script>alert(1)</script>",
        "'; DROP TABLE tool; --",
        "=1+1", String(repeating: "x", count: 10_000), String(repeating: "😀", count: 4_000),
    ])
    func `CloudWatch accepts every document`(_ name: String) throws {
        let ms = (0..<400).map { 0.05 * pow(1.05, Double($0)) }
        let uses = [
            Self.use(name, name, ok: 400, failed: 0, ms: ms), Self.use(name, "x", ok: 0, failed: 7, ms: []),
            Self.use(":", name, ok: .max, failed: .max, ms: [1]),
        ]
        let published = try judged(EmbeddedMetrics(logGroup: nil).documents(uses, atMs: 1))
        let counts = published.filter { $0["metric"] == "ToolExecutionTime" && $0["dimensions"] == [:] }
            .flatMap { $0["counts"]?.arrayValue?.compactMap { $0.intValue } ?? [] }
        #expect(counts.reduce(0, +) == 401)
    }

    @Test func `beyond the bound the least executed tools are counted together`() throws {
        let uses = (1...2_000).map { Self.use("t", "u\($0)", ok: UInt64($0), failed: 1, ms: [1]) }
        let published = try judged(EmbeddedMetrics(logGroup: nil).documents(uses, atMs: 1))
        let names = Set(published.compactMap { $0["dimensions"]?["ToolName"]?.stringValue })
        #expect(
            names.count == EmbeddedMetrics.toolsMax && names.contains("other___other")
                && names.contains("t___u2000")
        )
        let all = published.filter {
            $0["metric"] == "ToolExecutions" && $0["dimensions"]?["ToolName"] != nil
        }
        .reduce(0) { $0 + ($1["values"]?[0]?.intValue ?? 0) }
        #expect(all == 2_001_000 + 2_000)
    }

    /// The metrics that CloudWatch would publish.
    private func judged(_ lines: [String]) throws -> [JSONValue] {
        try withTemporaryDirectory { folder in
            let file = "\(folder)/lines"
            try lines.joined().write(toFile: file, atomically: true, encoding: .utf8)
            let process = Process()
            process.executableURL = Repository.root.appendingPathComponent(".venv/bin/python")
            process.arguments = [Repository.path("Tests/Python/embedded_metrics.py"), file]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(text)")
            return process.terminationStatus == 0 ? try JSONValue(parsing: text).arrayValue ?? [] : []
        }
    }
}
