import Bytes
import JSON
import Telemetry

/// Writes what tools were executed for as documents of CloudWatch's embedded metric format, one line each.
///
/// `ToolExecutionTime` in milliseconds by `ToolName` and of all tools; `ToolExecutions` by `ToolName` and `Success`, and of
/// all tools by `Success`. A tool has a document for those that went well and one for those that didn't; durations are
/// values with counts, so that CloudWatch can tell any percentile, 100 values a document at most.
/// Source: CloudWatch user guide, "Specification: Embedded metric format"; values with counts as AWS's own exporter writes
/// them (open-telemetry/opentelemetry-collector-contrib, exporter/awsemfexporter, cWMetricHistogram)
struct EmbeddedMetrics {
    static let namespace = "MCP/Gateway"
    static let valuesMax = 100
    /// Tools with documents of their own, those that were executed most; the others' are counted together as `other`.
    static let toolsMax = 500

    /// For the CloudWatch agent; nil elsewhere.
    let logGroup: String?

    /// - Parameter atMs: since 1970.
    func documents(_ uses: [ToolUse], atMs: Int64) -> [String] {
        if uses.isEmpty { return [sign(atMs)] }
        return Self.bounded(uses).flatMap { document($0, atMs) }
    }

    /// Says that there is nothing to say, so that an alarm can tell a quiet gateway from one that is gone.
    private func sign(_ atMs: Int64) -> String {
        line(
            [directive("ToolExecutions", "Count", by: [["Success"]])],
            JSONObject([("Success", "true"), ("ToolExecutions", 0)]),
            atMs
        )
    }

    private func document(_ use: ToolUse, _ atMs: Int64) -> [String] {
        let name = DimensionValue.of("\(use.target)___\(use.tool)")
        let times = Self.chunks(use.durations)
        var parts: [(directives: [JSONValue], members: JSONObject)] = times.map { time in
            (
                [directive("ToolExecutionTime", "Milliseconds", by: [["ToolName"], []])],
                JSONObject([("ToolName", .string(name)), ("ToolExecutionTime", time)])
            )
        }
        let executions = directive("ToolExecutions", "Count", by: [["ToolName", "Success"], ["Success"]])
        for (isSuccess, count) in [(true, use.successes), (false, use.failures)] where count > 0 {
            let members: [(String, JSONValue)] = [
                ("ToolName", .string(name)), ("Success", isSuccess ? "true" : "false"),
                ("ToolExecutions", .int(Int(clamping: count))),
            ]
            // The first of them goes with the durations, where there are some.
            if isSuccess || use.successes == 0, !parts.isEmpty {
                parts[0].directives.append(executions)
                for (key, value) in members { parts[0].members[key] = value }
            } else {
                parts.append(([executions], JSONObject(members)))
            }
        }
        return parts.map { line($0.directives, $0.members, atMs) }
    }

    private func directive(_ metric: String, _ unit: String, by dimensions: [[String]]) -> JSONValue {
        [
            "Namespace": .string(Self.namespace),
            "Dimensions": .array(dimensions.map { .array($0.map { .string($0) }) }),
            "Metrics": [["Name": .string(metric), "Unit": .string(unit)]],
        ]
    }

    private func line(_ directives: [JSONValue], _ members: JSONObject, _ atMs: Int64) -> String {
        var metadata = JSONObject([
            ("Timestamp", .int(Int(atMs))), ("CloudWatchMetrics", .array(directives)),
        ])
        if let logGroup { metadata["LogGroupName"] = .string(logGroup) }
        var document = JSONObject([("_aws", .object(metadata))])
        for member in members.members { document[member.key] = member.value }
        var bytes = ByteBuffer()
        JSONValue.object(document).write(to: &bytes)
        return bytes.text + "\n"
    }

    /// Values with counts, at most `valuesMax` at a time.
    private static func chunks(_ durations: QuantileSketch) -> [JSONValue] {
        let all = durations.counted.map { (ms: Double($0.nanoseconds) / 1e6, count: $0.count) }
        return stride(from: 0, to: all.count, by: valuesMax).map { start in
            let part = all[start..<min(start + valuesMax, all.count)]
            return [
                "Values": .array(part.map { number($0.ms) }),
                "Counts": .array(part.map { .int(Int(clamping: $0.count)) }),
                "Max": number(part.last?.ms ?? 0),
                "Min": number(part.first?.ms ?? 0),
                "Count": .int(Int(clamping: part.reduce(0) { $0 + $1.count })),
                "Sum": number(part.reduce(0) { $0 + $1.ms * Double($1.count) }),
            ]
        }
    }

    /// Three digits after the point: a microsecond.
    private static func number(_ value: Double) -> JSONValue {
        .number(((value * 1_000).rounded() / 1_000).description)
    }

    private static func bounded(_ uses: [ToolUse]) -> [ToolUse] {
        guard uses.count > toolsMax else { return uses }
        let sorted = uses.sorted { $0.executions > $1.executions }
        var other = ToolUse(
            target: "other",
            tool: "other",
            successes: 0,
            failures: 0,
            durations: QuantileSketch()
        )
        for use in sorted[(toolsMax - 1)...] {
            other.successes += use.successes
            other.failures += use.failures
            other.durations.merge(use.durations)
        }
        return sorted[..<(toolsMax - 1)] + [other]
    }
}

/// A value that CloudWatch takes for a dimension: ASCII characters that can be seen, not beginning with a colon.
/// Source: CloudWatch API reference, Dimension
enum DimensionValue {
    /// CloudWatch takes 1,024; a tool's name has 128 at most, so this is for names that nobody should have.
    static let bytesMax = 255

    /// What can't be is written as a percent sign and two hexadecimal digits for each byte; the end of what is too long is
    /// left out.
    static func of(_ text: String) -> String {
        var value: [UInt8] = []
        for byte in text.utf8 {
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "%")
            if isPlain, byte != UInt8(ascii: ":") || !value.isEmpty {
                value.append(byte)
            } else {
                value.append(UInt8(ascii: "%"))
                value += [byte >> 4, byte & 15].map { $0 < 10 ? $0 + 48 : $0 + 55 }
            }
            if value.count > bytesMax { break }
        }
        if value.count > bytesMax { value = value.prefix(bytesMax - 1) + [UInt8(ascii: "~")] }
        return value.isEmpty ? "none" : String(decoding: value, as: UTF8.self)
    }
}
