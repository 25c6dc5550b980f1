import Bytes
import JSON
import Telemetry

/// Writes the executions of tools as documents of CloudWatch's embedded metric format, one line each.
///
/// `ToolExecutionTime` in milliseconds by `ToolName` and over all tools; `ToolExecutions` by `ToolName` and `Success`,
/// and over all tools by `Success`. A tool has one document for its successes and one for its failures. Durations are
/// values with counts, so that CloudWatch can compute any percentile; a document holds at most 100 values.
/// Source: CloudWatch user guide, "Specification: Embedded metric format"; values with counts as AWS's own exporter writes
/// them (open-telemetry/opentelemetry-collector-contrib, exporter/awsemfexporter, cWMetricHistogram)
struct EmbeddedMetrics {
    static let namespace = "MCP/Gateway"
    static let valuesMax = 100
    /// How many tools have documents of their own: those executed most. All others are counted together as `other`.
    static let toolsMax = 500

    /// The log group for the CloudWatch agent; nil for other destinations.
    let logGroup: String?

    /// - Parameter atMs: milliseconds since 1970.
    func documents(_ uses: [ToolUse], atMs: Int64) -> [String] {
        signs(atMs) + Self.bounded(uses).flatMap { documents($0, atMs) }
    }

    /// Zeros for executions that succeeded and for those that failed, written beside the real counts. By them an alarm
    /// can tell a quiet gateway from one that is gone, and has a number to divide by.
    private func signs(_ atMs: Int64) -> [String] {
        ["true", "false"].map { success in
            line(
                [directive("ToolExecutions", "Count", by: [["Success"]])],
                JSONObject([("Success", .string(success)), ("ToolExecutions", 0)]),
                atMs
            )
        }
    }

    /// One document for the successes with the first durations, one for the failures, and more for the other durations.
    private func documents(_ use: ToolUse, _ atMs: Int64) -> [String] {
        let name: JSONValue = .string(DimensionValue.of("\(use.target)___\(use.tool)"))
        var times = Self.chunks(use.durations)[...]
        let executions = directive("ToolExecutions", "Count", by: [["ToolName", "Success"], ["Success"]])
        let time = directive("ToolExecutionTime", "Milliseconds", by: [["ToolName"], []])
        var lines: [String] = []
        for (success, count) in [("true", use.successes), ("false", use.failures)] {
            var directives = [executions]
            var members = JSONObject([
                ("ToolName", name), ("Success", .string(success)),
                ("ToolExecutions", .int(Int(clamping: count))),
            ])
            if success == "true", let first = times.popFirst() {
                directives.append(time)
                members["ToolExecutionTime"] = first
            }
            lines.append(line(directives, members, atMs))
        }
        return lines
            + times.map {
                line([time], JSONObject([("ToolName", name), ("ToolExecutionTime", $0)]), atMs)
            }
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

    /// With three digits after the point, which is a resolution of one microsecond.
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
        for use in sorted[(toolsMax - 1)...] { other.add(use) }
        return sorted[..<(toolsMax - 1)] + [other]
    }
}

/// A text that CloudWatch accepts as a dimension's value: visible ASCII characters, the first of them not a colon.
/// Source: CloudWatch API reference, Dimension
enum DimensionValue {
    /// CloudWatch allows 1,024 bytes. A tool's name has at most 128, so only names that shouldn't exist reach this
    /// bound.
    static let bytesMax = 255

    /// Each byte that isn't allowed becomes a percent sign and two hexadecimal digits; a text that is too long loses
    /// its end.
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
