import Bytes
import JSON

/// Lambda's own report on an invocation, at the end of its log: how long it took and what is billed.
///
/// A function with a text log has a REPORT line, one with a JSON log a `platform.report` event. A function may write
/// such lines itself; Lambda's comes after everything that the function wrote, so the last one with the call's id is
/// read. The report only serves to count costs and settle budgets; no other decision depends on it.
/// Source: AWS Lambda Developer Guide, "Working with Lambda function logs"; recorded logs of AWS
package struct InvocationReport: Sendable, Equatable {
    /// The time that the handler alone took.
    package var durationUs: Int
    /// The billed time, rounded up; since 2025 it includes the initialization.
    package var billedMs: Int
    package var memoryMB: Int
    package var memoryUsedMB: Int
    /// How long the function took to start; only for a cold start.
    package var initUs: Int?
    /// `timeout` or `error`; `nil` for a successful call.
    package var status: String?
    /// Such as `Runtime.OutOfMemory`.
    package var errorType: String?

    package var isColdStart: Bool { initUs != nil }

    package init(
        durationUs: Int,
        billedMs: Int,
        memoryMB: Int,
        memoryUsedMB: Int,
        initUs: Int? = nil,
        status: String? = nil,
        errorType: String? = nil
    ) {
        self.durationUs = durationUs
        self.billedMs = billedMs
        self.memoryMB = memoryMB
        self.memoryUsedMB = memoryUsedMB
        self.initUs = initUs
        self.status = status
        self.errorType = errorType
    }

    /// The report of the given call at the end of a log; `nil` when the log has none, or it can't be read.
    ///
    /// Takes linear time; reads only the last 8 KiB, as Lambda sends 4 KB.
    /// - Parameter requestID: the call's id, from its answer.
    package init?(in log: String, requestID: String) {
        guard !requestID.isEmpty, requestID.utf8.count <= 128 else { return nil }
        let lines = log.utf8.suffix(Self.logBytesMax).split(separator: UInt8(ascii: "\n"))
        for line in lines.reversed() {
            if let report = Self(text: line, requestID) ?? Self(json: line, requestID) {
                self = report
                return
            }
        }
        return nil
    }

    private static let logBytesMax = 8 << 10
}

// MARK: Text

extension InvocationReport {
    /// `REPORT RequestId: ID\tDuration: 12.34 ms\tBilled Duration: 13 ms\t…`, in any order of its fields.
    private init?(text line: Substring.UTF8View.SubSequence, _ requestID: String) {
        guard line.first == UInt8(ascii: "R"), let line = String(line) else { return nil }
        let fields = line.split(separator: "\t")
        guard let first = fields.first, first == "REPORT RequestId: \(requestID)" else { return nil }
        var values: [Substring: Substring] = [:]
        for field in fields.dropFirst().prefix(16) {
            guard let colon = field.firstRange(of: ": ") else { continue }
            values[field[..<colon.lowerBound]] = field[colon.upperBound...]
        }
        func number(_ name: Substring, _ unit: Substring) -> Substring? {
            guard let value = values[name], value.hasSuffix(unit) else { return nil }
            return value.dropLast(unit.count)
        }
        guard let duration = number("Duration", " ms").flatMap({ microseconds(ofMilliseconds: $0) }),
            let billed = number("Billed Duration", " ms").flatMap({ whole($0) }),
            let size = number("Memory Size", " MB").flatMap({ whole($0) }),
            let used = number("Max Memory Used", " MB").flatMap({ whole($0) })
        else { return nil }
        self.init(durationUs: duration, billedMs: billed, memoryMB: size, memoryUsedMB: used)
        initUs = number("Init Duration", " ms").flatMap { microseconds(ofMilliseconds: $0) }
        status = values["Status"].flatMap { word($0) }
        errorType = values["Error Type"].flatMap { word($0) }
    }
}

// MARK: JSON

extension InvocationReport {
    /// `{"time":…,"type":"platform.report","record":{"requestId":"ID","metrics":{"durationMs":12.34,…},"status":…}}`
    private init?(json line: Substring.UTF8View.SubSequence, _ requestID: String) {
        guard line.first == UInt8(ascii: "{") else { return nil }
        let bytes = Array(line)
        let span = bytes.span
        guard let object = try? JSON.validate(span, depthMax: 16),  // other text is not a report
            let type = JSON.member("type", of: object, in: span),
            JSON.string(span, at: type) == "platform.report",
            let record = JSON.member("record", of: object, in: span),
            JSON.kind(span, at: record) == .object,
            let id = JSON.member("requestId", of: record, in: span), JSON.string(span, at: id) == requestID,
            let metrics = JSON.member("metrics", of: record, in: span),
            JSON.kind(span, at: metrics) == .object
        else { return nil }
        func number(_ name: StaticString) -> Substring? {
            guard let value = JSON.member(name, of: metrics, in: span), JSON.kind(span, at: value) == .number
            else { return nil }
            return Substring(span.text(value))
        }
        guard let duration = number("durationMs").flatMap({ microseconds(ofMilliseconds: $0) }),
            let billed = number("billedDurationMs").flatMap({ whole($0) }),
            let size = number("memorySizeMB").flatMap({ whole($0) }),
            let used = number("maxMemoryUsedMB").flatMap({ whole($0) })
        else { return nil }
        self.init(durationUs: duration, billedMs: billed, memoryMB: size, memoryUsedMB: used)
        initUs = number("initDurationMs").flatMap { microseconds(ofMilliseconds: $0) }
        func text(_ name: StaticString) -> String? {
            JSON.member(name, of: record, in: span).flatMap { JSON.string(span, at: $0) }
                .flatMap { word(Substring($0)) }
        }
        let said = text("status")
        status = said == "success" ? nil : said
        errorType = text("errorType")
    }
}

/// The number in a text of one to nine digits.
private func whole(_ text: Substring) -> Int? {
    guard 1...9 ~= text.utf8.count, text.utf8.allSatisfy({ isDigit($0) }) else { return nil }
    return Int(text)
}

/// Microseconds from a text such as `12.34`, in milliseconds, without sign or exponent; digits past the third decimal
/// are dropped.
private func microseconds(ofMilliseconds text: Substring) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let milliseconds = whole(first) else { return nil }
    guard parts.count == 2 else { return milliseconds * 1_000 }
    let fraction = parts[1]
    guard 1...20 ~= fraction.utf8.count, fraction.utf8.allSatisfy({ isDigit($0) }) else { return nil }
    let digits = fraction.prefix(3)
    return Int(digits).map { decimals in
        milliseconds * 1_000 + decimals * [100, 10, 1][digits.count - 1]
    }
}

/// A word such as `timeout` or `Runtime.OutOfMemory`: at most 64 letters, digits, dots, hyphens and underscores.
private func word(_ text: Substring) -> String? {
    let isWord = text.utf8.allSatisfy { isLowerOrDigit($0) || isUpper($0) || "._-".utf8.contains($0) }
    return isWord && 1...64 ~= text.utf8.count ? String(text) : nil
}
