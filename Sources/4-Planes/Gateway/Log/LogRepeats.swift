/// Keeps a flood of similar lines from filling the log: past `linesMax` in `windowMs` they are only counted, and the
/// count is reported once.
///
/// Lines are similar if they have the same module, level, text, target and tool. One owner.
struct LogRepeats {
    static let linesMax = 20
    static let windowMs: Int64 = 10_000
    /// The most kinds of lines that are counted separately. Further lines are counted by their texts, without target
    /// and tool, and past twice as many all together.
    static let kindsMax = 1_024
    /// The most characters of a text that are remembered.
    private static let textMax = 200

    private struct Kind: Hashable {
        var level: GatewayLog.Level
        var module: GatewayLog.Module
        var text: String
        var target = ""
        var tool = ""
    }

    private struct Count {
        var startedAtMs: Int64
        var lines = 0

        var leftOut: Int { max(0, lines - linesMax) }

        func isOver(_ nowMs: Int64) -> Bool { nowMs < startedAtMs || nowMs - startedAtMs >= windowMs }
    }

    private var counts: [Kind: Count] = [:]

    /// Whether the line should be written, and the line to write before it about similar lines that were left out.
    mutating func take(_ line: GatewayLog.Line, nowMs: Int64) -> (isTold: Bool, before: GatewayLog.Line?) {
        let kind = self.kind(of: line, nowMs)
        var count = counts[kind] ?? Count(startedAtMs: nowMs)
        var before: GatewayLog.Line?
        if count.isOver(nowMs) {
            before = Self.line(kind, count)
            count = Count(startedAtMs: nowMs)
        }
        count.lines += 1
        counts[kind] = count
        return (count.lines <= Self.linesMax, before)
    }

    /// The lines about the kinds whose time window is over.
    mutating func overdue(nowMs: Int64) -> [GatewayLog.Line] {
        var lines: [GatewayLog.Line] = []
        for (kind, count) in counts where count.isOver(nowMs) {
            if let line = Self.line(kind, count) { lines.append(line) }
            counts[kind] = nil
        }
        return lines
    }

    private mutating func kind(of line: GatewayLog.Line, _ nowMs: Int64) -> Kind {
        var kind = Kind(level: line.level, module: line.module, text: String(line.text.prefix(Self.textMax)))
        for (name, value) in line.values {
            if name == "target" { kind.target = String(value.prefix(Self.textMax)) }
            if name == "tool" { kind.tool = String(value.prefix(Self.textMax)) }
        }
        guard counts[kind] == nil, counts.count >= Self.kindsMax else { return kind }
        counts = counts.filter { !$0.value.isOver(nowMs) || $0.value.leftOut > 0 }
        guard counts.count >= Self.kindsMax else { return kind }
        (kind.target, kind.tool) = ("", "")
        // A program has few texts; there is room for them up to twice `kindsMax`.
        if counts[kind] == nil, counts.count >= 2 * Self.kindsMax { kind.text = "…" }
        return kind
    }

    private static func line(_ kind: Kind, _ count: Count) -> GatewayLog.Line? {
        guard count.leftOut > 0 else { return nil }
        return GatewayLog.Line(
            level: kind.level,
            module: kind.module,
            text: "similar lines were left out",
            values: [
                ("line", kind.text), ("target", kind.target), ("tool", kind.tool),
                ("times", "\(count.leftOut)"),
                ("seconds", "\(windowMs / 1_000)"),
            ]
        )
    }
}
