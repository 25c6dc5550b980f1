import AdminAPI
import Control
import REST

/// The figures of targets' calls, in 80 columns with names of up to 26 characters; longer names have a line of their own.
struct CallTable {
    private static let titles = ["STATE", "OVER", "CALLS", "ERR", "P50", "P95", "P99"]
    /// The widths of the columns after the name.
    private static let widths = [8, 4, 6, 4, 6, 6, 6]

    private let targets: [Answer<TargetStatusForm>]
    private let atMs: Int64
    private let width: Int?
    private let style: Style
    private let nameWidth: Int

    init(_ targets: [Answer<TargetStatusForm>], _ atMs: Int64, _ width: Int?, _ style: Style) {
        self.targets = targets
        self.atMs = atMs
        self.width = width
        self.style = style
        let others = Self.widths.reduce(0) { $0 + $1 + 2 }
        let longest = targets.map { displayWidth(safe($0.name)) }.max() ?? 0
        nameWidth = min(max(6, longest), max(6, (width ?? .max) - others))
    }

    var lines: [String] { [style.heading(row("TARGET", Self.titles))] + targets.flatMap { lines($0) } }

    private func lines(_ target: Answer<TargetStatusForm>) -> [String] {
        guard let calls = target.calls else { return [] }
        var rows: [(String, Answer<CallTallyForm>)] = []
        if calls.fiveMinutes.calls > 0 { rows.append(("5m", calls.fiveMinutes)) }
        // During the first minutes both tallies are equal.
        if calls.hour.calls > calls.fiveMinutes.calls { rows.append(("1h", calls.hour)) }
        let tone = TargetState(rawValue: target.state)?.tone ?? .plain
        var (name, state) = (safe(target.name), shortState(target.state))
        var lines: [String] = []
        if displayWidth(name) > nameWidth {
            lines.append(name)
            name = ""
        }
        for (over, tally) in rows {
            lines.append(row(name, [state, over] + figures(tally), tone))
            (name, state) = ("", "")
        }
        // A tool's own error now and then isn't worth a line.
        if let error = calls.lastError, calls.hour.errors > 0, share(calls.hour) >= 0.01 {
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
        let isRare = tally.errors > 0 && share(tally) < 0.005
        return [
            short(tally.calls), isRare ? "<1%" : tally.errorPercent.map { "\($0)%" } ?? "–",
            time(tally.p50Us),
            time(tally.p95Us),
            time(tally.p99Us),
        ]
    }

    /// The errors' share of the calls. The numbers come from a server and are unchecked.
    private func share(_ tally: Answer<CallTallyForm>) -> Double {
        Double(tally.errors) / Double(max(1, tally.calls))
    }

    /// The name and the state on the left, each figure right-aligned in its column.
    private func row(_ name: String, _ cells: [String], _ tone: Tone = .plain) -> String {
        var line = padded(name, to: nameWidth)
        for (index, cell) in cells.enumerated() {
            let width = Self.widths[index]
            line += "  "
            switch index {
            case 0: line += style.text(cell, tone, width: width)
            case 1: line += padded(cell, to: width)
            default: line += String(repeating: " ", count: max(0, width - displayWidth(cell))) + cell
            }
        }
        return line
    }

    private func shortState(_ state: String) -> String {
        switch TargetState(rawValue: state) {
        case .unknownContract: "unknown"
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
