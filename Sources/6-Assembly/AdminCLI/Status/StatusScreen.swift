import AdminAPI
import Control
import REST

/// The answer of `status` for people: what needs a person, then the targets that are called.
struct StatusScreen {
    private let status: Answer<StatusForm>
    /// The terminal's columns; nil for no limit.
    private let width: Int?
    private let style: Style

    /// The most targets whose figures are shown.
    private static let targetsMax = 20

    init(_ status: Answer<StatusForm>, width: Int?, style: Style = .plain) {
        self.status = status
        self.width = width
        self.style = style
    }

    var text: String { ([head, attention] + targets).map { $0.map { "\($0)\n" }.joined() }.joined() }

    private var head: [String] {
        let tools = status.targets.reduce(0) { $0 &+ $1.tools }
        let counts = "\(counted(status.targets.count, "target")), \(counted(tools, "tool"))"
        guard let server = status.server else {
            return ["no server runs on this store, so nothing is known of calls; \(counts)"]
        }
        let up = span(elapsed(from: server.startedAtMs, to: status.atMs))
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
                let since = item.sinceMs.map { "; since \(span(elapsed(from: $0, to: status.atMs)))" } ?? ""
                let tone = Attention.Severity(rawValue: item.severity)?.tone ?? .plain
                let word = padded(safe(item.severity), to: 7)
                var lines = wrapped("\(word)  ", "\(item.subject): \(item.message)\(since)", width)
                // Only the first word is coloured: the text after it may come from outside.
                if lines[0].hasPrefix(word) {
                    lines[0] = style.text(word, tone) + lines[0].dropFirst(word.count)
                }
                return lines + wrapped("         → ", item.next, width)
            }
    }

    /// The versions that ran, if there were several or Lambda's reports were read.
    private func versions(of target: Answer<TargetStatusForm>) -> [String] {
        guard let versions = target.calls?.versions,
            versions.count > 1 || versions.contains(where: { $0.reports > 0 }),
            let words = CallWords.line(versions)
        else { return [] }
        return wrapped("versions of \(target.name)  ", words, width)
    }

    /// The figures of targets that are called, and the names of the others.
    private var targets: [[String]] {
        guard status.server != nil else { return [] }
        let called = status.targets.filter { ($0.calls?.hour.calls ?? 0) > 0 }
        let idle = status.targets.filter { ($0.calls?.hour.calls ?? 0) == 0 && $0.state != "disabled" }
        var parts: [[String]] = []
        if !called.isEmpty {
            let table = CallTable(called.prefix(Self.targetsMax).map { $0 }, status.atMs, width, style)
            parts.append([""] + table.lines)
            if called.count > Self.targetsMax {
                parts.append(["and \(called.count - Self.targetsMax) more; -o json has all"])
            }
            parts.append(called.prefix(Self.targetsMax).flatMap { versions(of: $0) })
        }
        if !idle.isEmpty {
            let named = idle.prefix(10).map { $0.name }.joined(separator: ", ")
            let more = idle.count > 10 ? " and \(idle.count - 10) more" : ""
            parts.append([""] + wrapped("not called in an hour: ", "\(named)\(more)", width))
        }
        return parts
    }
}

/// `45 s`, `12 min`, `3 h`, `2 days`: a length of time, rounded down.
private func span(_ milliseconds: Int64) -> String {
    let seconds = milliseconds / 1_000
    switch seconds {
    case 0..<120: return "\(seconds) s"
    case 120..<7_200: return "\(seconds / 60) min"
    case 7_200..<172_800: return "\(seconds / 3_600) h"
    default: return "\(seconds / 86_400) days"
    }
}

/// A text in lines of at most `width` columns, broken at spaces; later lines are indented to where the text begins.
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

/// The text with spaces up to `width` columns.
func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - displayWidth(text)))
}

extension Attention.Severity {
    fileprivate var tone: Tone {
        switch self {
        case .problem: .bad
        case .warning: .waiting
        case .note: .quiet
        }
    }
}
