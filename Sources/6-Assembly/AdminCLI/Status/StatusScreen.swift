import AdminAPI
import Control
import REST

/// The answer of `status` for people: what needs a person, then the targets that are called.
struct StatusScreen {
    private let status: Answer<StatusForm>
    /// The terminal's columns; nil where lines may be as long as they get.
    private let width: Int?

    /// The most targets whose figures are shown.
    private static let targetsMax = 20

    init(_ status: Answer<StatusForm>, width: Int?) {
        self.status = status
        self.width = width
    }

    var text: String { ([head, attention] + targets).map { $0.map { "\($0)\n" }.joined() }.joined() }

    private var head: [String] {
        let tools = status.targets.reduce(0) { $0 + $1.tools }
        let counts = "\(counted(status.targets.count, "target")), \(counted(tools, "tool"))"
        guard let server = status.server else {
            return ["no server runs on this store, so nothing is known of calls; \(counts)"]
        }
        let up = span(status.atMs - server.startedAtMs)
        let place = server.local ? ", functions run on its machine" : ""
        return [
            safe("mcp-gateway \(server.version), up \(up)\(place); \(counts)"),
            safe("agents \(server.agents), admin \(server.admin)"),
        ]
    }

    private var attention: [String] {
        guard !status.attention.isEmpty else { return ["nothing needs attention"] }
        return [""]
            + status.attention.flatMap { item in
                let since = item.sinceMs.map { "; since \(span(status.atMs - $0))" } ?? ""
                let word = padded(item.severity, to: 7)
                return wrapped("\(word)  ", "\(item.subject): \(item.message)\(since)", width)
                    + wrapped("         → ", item.next, width)
            }
    }

    /// The figures of those that are called, and the names of the others.
    private var targets: [[String]] {
        guard status.server != nil else { return [] }
        let called = status.targets.filter { ($0.calls?.hour.calls ?? 0) > 0 }
        let idle = status.targets.filter { ($0.calls?.hour.calls ?? 0) == 0 && $0.state != "disabled" }
        var parts: [[String]] = []
        if !called.isEmpty {
            let table = CallTable(called.prefix(Self.targetsMax).map { $0 }, status.atMs, width)
            parts.append([""] + table.lines)
            if called.count > Self.targetsMax {
                parts.append(["and \(called.count - Self.targetsMax) more; -o json has all"])
            }
        }
        if !idle.isEmpty {
            let named = idle.prefix(10).map { $0.name }.joined(separator: ", ")
            let more = idle.count > 10 ? " and \(idle.count - 10) more" : ""
            parts.append([""] + wrapped("not called in an hour: ", "\(named)\(more)", width))
        }
        return parts
    }
}

/// The figures of targets' calls, in 80 columns with names of up to 26 characters; longer names have a line of their own.
private struct CallTable {
    private static let titles = ["STATE", "OVER", "CALLS", "ERR", "P50", "P95", "P99"]
    /// Of the columns after the name.
    private static let widths = [8, 4, 6, 4, 6, 6, 6]

    private let targets: [Answer<TargetStatusForm>]
    private let atMs: Int64
    private let width: Int?
    private let nameWidth: Int

    init(_ targets: [Answer<TargetStatusForm>], _ atMs: Int64, _ width: Int?) {
        self.targets = targets
        self.atMs = atMs
        self.width = width
        let others = Self.widths.reduce(0) { $0 + $1 + 2 }
        let longest = targets.map { displayWidth(safe($0.name)) }.max() ?? 0
        nameWidth = min(max(6, longest), max(6, (width ?? .max) - others))
    }

    var lines: [String] { [row("TARGET", Self.titles)] + targets.flatMap { lines($0) } }

    private func lines(_ target: Answer<TargetStatusForm>) -> [String] {
        guard let calls = target.calls else { return [] }
        var rows: [(String, Answer<CallTallyForm>)] = []
        if calls.fiveMinutes.calls > 0 { rows.append(("5m", calls.fiveMinutes)) }
        // In the first minutes both are the same.
        if calls.hour.calls > calls.fiveMinutes.calls { rows.append(("1h", calls.hour)) }
        var (name, state) = (safe(target.name), shortState(target.state))
        var lines: [String] = []
        if displayWidth(name) > nameWidth {
            lines.append(name)
            name = ""
        }
        for (over, tally) in rows {
            lines.append(row(name, [state, over] + figures(tally)))
            (name, state) = ("", "")
        }
        // A tool's own error now and then is no news.
        if let error = calls.lastError, 100 * calls.hour.errors >= calls.hour.calls {
            let ago = ageText(error.atMs, nowMs: atMs) ?? ""
            let text = safe("  last error \(ago) in \(error.tool), \(error.code): \(error.text)")
            lines.append(width.map { cut(text, to: $0) } ?? text)
        }
        return lines
    }

    private func figures(_ tally: Answer<CallTallyForm>) -> [String] {
        func time(_ microseconds: Int?) -> String {
            (CallWords.duration(microseconds: microseconds) ?? "–").filter { $0 != " " }
        }
        let isRare = tally.errors > 0 && 200 * tally.errors < tally.calls
        return [
            short(tally.calls), isRare ? "<1%" : tally.errorPercent.map { "\($0)%" } ?? "–",
            time(tally.p50Us),
            time(tally.p95Us),
            time(tally.p99Us),
        ]
    }

    /// The name and the state on the left, figures on the right of their columns.
    private func row(_ name: String, _ cells: [String]) -> String {
        var line = padded(name, to: nameWidth)
        for (index, cell) in cells.enumerated() {
            let width = Self.widths[index]
            line += "  "
            line +=
                index < 2
                ? padded(cell, to: width)
                : String(repeating: " ", count: max(0, width - displayWidth(cell))) + cell
        }
        return line
    }

    private func shortState(_ state: String) -> String {
        switch TargetState(rawValue: state) {
        case .callsFailing: "failing"
        case .listFailing: "no list"
        case .fileFaulty: "bad file"
        case .new, .ok, .disabled, nil: cut(safe(state), to: 8)
        }
    }

    /// `1204`, `12.3k`, `1.2M`
    private func short(_ count: Int) -> String {
        switch count {
        case ..<100_000: "\(count)"
        case ..<1_000_000: "\(count / 1_000)k"
        default: "\(count / 1_000_000).\(count % 1_000_000 / 100_000)M"
        }
    }
}

private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - displayWidth(text)))
}

/// `45 s`, `12 min`, `3 h`, `2 days`: a length of time, rounded down.
private func span(_ milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds) / 1_000
    switch seconds {
    case 0..<120: return "\(seconds) s"
    case 120..<7_200: return "\(seconds / 60) min"
    case 7_200..<172_800: return "\(seconds / 3_600) h"
    default: return "\(seconds / 86_400) days"
    }
}

/// A text in lines of at most `width` columns, broken at spaces; those after the first stand below where it begins.
private func wrapped(_ start: String, _ text: String, _ width: Int?) -> [String] {
    let (start, text) = (safe(start), safe(text))
    guard let width else { return [start + text] }
    let indent = String(repeating: " ", count: displayWidth(start))
    var lines: [String] = []
    var (line, isEmpty) = (start, true)
    for word in text.split(separator: " ") {
        if !isEmpty, displayWidth(line) + 1 + displayWidth(String(word)) > width {
            lines.append(line)
            (line, isEmpty) = (indent, true)
        }
        line += isEmpty ? String(word) : " \(word)"
        isEmpty = false
    }
    return (lines + [line]).map { cut($0, to: width) }
}
