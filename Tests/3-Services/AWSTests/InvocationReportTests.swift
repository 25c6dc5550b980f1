import AWS
import Testing

struct InvocationReportTests {
    struct Row: Sendable {
        let log: String
        let report: InvocationReport?
    }

    private static let warm = InvocationReport(
        durationUs: 12_340,
        billedMs: 13,
        memoryMB: 128,
        memoryUsedMB: 36
    )
    private static let line =
        "REPORT RequestId: r-1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB"

    private static func with(_ edit: (inout InvocationReport) -> Void) -> InvocationReport {
        var report = warm
        edit(&report)
        return report
    }

    private static func json(_ rest: String, status: String = "success", id: String = "r-1") -> String {
        #"{"time":"2026-11-29T18:56:24.046Z","type":"platform.report","record":{"requestId":"\#(id)","metrics":"#
            + #"{"durationMs":12.34,"billedDurationMs":13,"memorySizeMB":128,"maxMemoryUsedMB":36\#(rest)},"#
            + #""status":"\#(status)"}}"#
    }

    @Test(arguments: [
        Row(log: "START RequestId: r-1 Version: $LATEST\nEND RequestId: r-1\n\(line)\t\n", report: warm),
        Row(log: "\(line)\tInit Duration: 402.04 ms\t\n", report: with { $0.initUs = 402_040 }),
        Row(log: "\(line)\tInit Duration: 402 ms\t\n", report: with { $0.initUs = 402_000 }),
        Row(log: "\(line)\tStatus: timeout\n", report: with { $0.status = "timeout" }),
        Row(
            log: "\(line)\tStatus: error\tError Type: Runtime.OutOfMemory",
            report: with {
                $0.status = "error"
                $0.errorType = "Runtime.OutOfMemory"
            }
        ),
        Row(log: "\(line)\t\nXRAY TraceId: 1-5\tSegmentId: 2\tSampled: true\t\n", report: warm),
        Row(log: "\(line)\tRestore Duration: 1.00 ms\tBilled Restore Duration: 1 ms\t\n", report: warm),
        // Reports in the JSON log format.
        Row(log: json("") + "\n", report: warm),
        Row(log: json(#","initDurationMs":402.04"#), report: with { $0.initUs = 402_040 }),
        Row(log: json("", status: "timeout"), report: with { $0.status = "timeout" }),
        Row(log: #"{"type":"platform.start","record":{"requestId":"r-1"}}"# + "\n" + json(""), report: warm),
    ])
    func `a report is read from text logs and JSON logs`(_ row: Row) {
        #expect(InvocationReport(in: row.log, requestID: "r-1") == row.report)
    }

    @Test(arguments: [
        "", "\n", "REPORT", "REPORT RequestId: r-1", line.replacing("r-1", with: "r-2"),
        line.replacing("12.34", with: "-12.34"), line.replacing("12.34", with: "1e9"),
        line.replacing("13 ms", with: "13"), line.replacing("128 MB", with: "9999999999 MB"),
        line.replacing("128 MB", with: "128 GB"), " \(line)", "x\(line)", line.replacing("\t", with: " "),
        line.replacing("r-1", with: "r-1 r-1"), json("", id: "r-2"), json("").dropLast().description, "{",
        "[1]",
        json("").replacing("12.34", with: "\"12.34\""), json("").replacing("13", with: "1e400"),
        #"{"type":"platform.report","record":1}"#,
        #"{"type":"platform.report","record":{"requestId":"r-1"}}"#,
        String(repeating: "{", count: 4_096), String(repeating: "\t", count: 4_096),
    ])
    func `a line that isn't the call's report is ignored`(_ log: String) {
        #expect(InvocationReport(in: log, requestID: "r-1") == nil)
    }

    @Test func `a report that the function itself printed is ignored`() {
        let fake = Self.line.replacing("13 ms", with: "999999 ms")
        let other = Self.line.replacing("r-1", with: "r-9")
        let log =
            "\(fake)\n\(Self.json("").replacing("13", with: "7"))\nEND RequestId: r-1\n\(Self.line)\t\n\(other)\n"
        #expect(InvocationReport(in: log, requestID: "r-1") == Self.warm)
    }

    @Test func `a malformed status or error type is ignored`() {
        let spoiled = "\(Self.line)\tStatus: a\u{1B}[31m\tError Type: \(String(repeating: "x", count: 65))"
        #expect(InvocationReport(in: spoiled, requestID: "r-1") == Self.warm)
    }

    @Test func `only the end of a log is read, and an empty request id matches nothing`() {
        let log = Self.line + "\n" + String(repeating: "x\n", count: 8 << 10)
        #expect(InvocationReport(in: log, requestID: "r-1") == nil)
        #expect(InvocationReport(in: Self.line, requestID: "") == nil)
    }
}
