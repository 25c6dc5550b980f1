/// The log of one invocation in the form of `X-Amz-Log-Result`: the function's output between the lines that the
/// platform adds.
///
/// Returns the last 4,096 bytes and never keeps more than twice that. Source: AWS Lambda developer guide, "Working
/// with Lambda function logs"; the lines' exact form from logs of AWS.
package struct InvocationLog: Sendable {
    package static let tailBytesMax = 4096

    private let requestID: String
    private var bytes: [UInt8] = []

    /// `version` is the version that was invoked: `$LATEST` or a number.
    package init(requestID: String, version: String) {
        self.requestID = requestID
        add("START RequestId: \(requestID) Version: \(version)\n")
    }

    /// Adds output of the function or of its initialization.
    package mutating func add(_ output: some Collection<UInt8>) {
        bytes.append(contentsOf: output.suffix(Self.tailBytesMax))
        if bytes.count > 2 * Self.tailBytesMax { bytes.removeFirst(bytes.count - Self.tailBytesMax) }
    }

    private mutating func add(_ line: String) { add(line.utf8) }

    /// Ends the log: adds the error, if there is one, then END and REPORT.
    package mutating func close(_ report: InvocationReport, error: FunctionError?, timestamp: String) {
        switch error {
        case .timedOut(let seconds):
            add("\(timestamp) \(requestID) Task timed out after \(seconds).00 seconds\n\n")
        case .exited, .truncated, .notStarted:
            if let error { add("\(error.message(requestID: requestID))\n\(error.errorType)\n") }
        case .responseTooLarge, nil: break
        }
        add("END RequestId: \(requestID)\n")
        add(report.line(requestID: requestID, suffix: error?.reportSuffix))
    }

    /// The last 4,096 bytes.
    package var tail: [UInt8] { Array(bytes.suffix(Self.tailBytesMax)) }
}

/// The figures of a REPORT line.
package struct InvocationReport: Equatable, Sendable {
    package var duration: Duration
    /// How long the initialization took; only for a cold start.
    package var initDuration: Duration?
    package var memoryMB: Int
    package var peakMemoryKiB: Int

    package init(duration: Duration, initDuration: Duration?, memoryMB: Int, peakMemoryKiB: Int) {
        self.duration = duration
        self.initDuration = initDuration
        self.memoryMB = memoryMB
        self.peakMemoryKiB = peakMemoryKiB
    }

    /// The billed time in whole milliseconds, rounded up. Since 2025 it includes the initialization.
    package var billedMs: Int {
        let hundredths = Self.hundredths(duration) + (initDuration.map(Self.hundredths) ?? 0)
        return (hundredths + 99) / 100
    }

    /// The whole line with its line end. `suffix` describes the failure; a report without one ends in a tab.
    package func line(requestID: String, suffix: String?) -> String {
        var fields = [
            "REPORT RequestId: \(requestID)",
            "Duration: \(Self.milliseconds(duration)) ms",
            "Billed Duration: \(billedMs) ms",
            "Memory Size: \(memoryMB) MB",
            "Max Memory Used: \((peakMemoryKiB + 1023) / 1024) MB",
        ]
        if let initDuration { fields.append("Init Duration: \(Self.milliseconds(initDuration)) ms") }
        fields.append(suffix ?? "")
        return fields.joined(separator: "\t") + "\n"
    }

    /// Hundredths of a millisecond, rounded up.
    private static func hundredths(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * 100_000 + Int((attoseconds + 9_999_999_999_999) / 10_000_000_000_000)
    }

    /// Milliseconds with two decimals, e.g. `12.34`.
    static func milliseconds(_ duration: Duration) -> String {
        let value = hundredths(duration)
        let fraction = value % 100
        return "\(value / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
