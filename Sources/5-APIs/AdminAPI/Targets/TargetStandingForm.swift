import Control
import JSON
import Model
package import REST
import Store

/// The JSON form of a target with the figures of its calls; docs/cli-json.md describes it.
package struct TargetStandingForm: ListedForm {
    package struct Record: Sendable {
        let target: TargetRecord
        let standing: TargetStanding
        /// When the figures of its calls were read, in milliseconds since 1970.
        let atMs: Int64
    }

    package static let component: String? = "TargetStanding"
    package static let plural = "targets"

    package static func revision(of record: Record) -> Int64? { record.target.revision }

    package let target = Included(TargetForm.self, \Record.target)
    package let state = Member(
        "state",
        .word(of: TargetState.self, "the worst that is known of it"),
        \Record.standing.state.rawValue
    )
    package let calls = Member(
        "calls",
        CallFiguresForm.self,
        summary: "null when no server runs that could be asked",
        ifAny: { (record: Record) in
            record.standing.calls.map { CallFiguresForm.Record(figures: $0, atMs: record.atMs) }
        }
    )

    package init() {}

    package static let columns: [Column<TargetStandingForm>] = {
        var columns = TargetForm.columns.map { $0.of(TargetStandingForm.self) }
        columns.insert(Column("STATE") { shown($0.state) }, at: 1)
        return columns + [Column("LAST ERROR") { lastError($0) }]
    }()

    static let details: [Column<TargetStandingForm>] = {
        var details = TargetForm.details.map { $0.of(TargetStandingForm.self) }
        details.insert(Column("state") { shown($0.state) }, at: 1)
        return details + [
            Column("calls, 5 minutes") { Cell($0.calls.map { CallWords.line($0.fiveMinutes) }) },
            Column("calls, 1 hour") { Cell($0.calls.map { CallWords.line($0.hour) }) },
            Column("versions that ran") { Cell($0.calls.flatMap { CallWords.line($0.versions) }) },
            Column("calls fail since") { $0.calls?.failingSinceMs.map { .moment($0) } ?? .nothing },
            Column("last call error") { Cell($0.calls?.lastError.map { CallWords.line($0) }) },
            Column("last call error at") { ($0.calls?.lastError).map { .moment($0.atMs) } ?? .nothing },
        ]
    }()

    /// A state for people, such as `failing (calls)`. A server of another version may have other words.
    private static func shown(_ state: String) -> Cell {
        guard let known = TargetState(rawValue: state) else { return Cell(state.isEmpty ? nil : state) }
        return .state(known.tone, known.words)
    }

    /// The last error of calls if these fail, else that of the last refresh.
    private static func lastError(_ target: Answer<TargetStandingForm>) -> Cell {
        if target.state == TargetState.callsFailing.rawValue, let error = target.calls?.lastError {
            return .text(error.text)
        }
        return Cell(target.target.lastError)
    }
}

extension TargetStandingForm.Record {
    init(_ target: TargetRecord, _ server: ServerStatus?, atMs: Int64) {
        self.init(
            target: target,
            standing: TargetStanding(target, calls: server?.figures(of: target.name.text)),
            atMs: atMs
        )
    }
}

extension TargetState {
    /// The state in words for people.
    package var words: String {
        switch self {
        case .unknownContract: "unknown contract"
        case .callsFailing: "failing (calls)"
        case .listFailing: "failing (list)"
        case .fileFaulty: "faulty file"
        case .new, .ok, .disabled: rawValue
        }
    }

    package var tone: Tone {
        switch self {
        case .unknownContract, .callsFailing, .listFailing, .fileFaulty: .bad
        case .new: .waiting
        case .ok: .good
        case .disabled: .quiet
        }
    }
}

/// Figures of calls as texts for people.
package enum CallWords {
    /// A text such as `18, 18 failed (100 %), p50 12 ms, p95 20 ms, p99 31 ms`.
    package static func line(_ tally: Answer<CallTallyForm>) -> String {
        guard tally.calls > 0 else { return "none" }
        let failed =
            tally.errors > 0 ? "\(tally.errors) failed (\(tally.errorPercent ?? 0) %)" : "none failed"
        let quantiles = [("p50", tally.p50Us), ("p95", tally.p95Us), ("p99", tally.p99Us)]
        return "\(tally.calls), \(failed)"
            + quantiles.map { ", \($0) \(duration(microseconds: $1) ?? "–")" }.joined()
    }

    /// A text such as `3: 90 calls, 2 of 5 looked at were cold starts; 4: 10 calls`; nil when no version ran.
    package static func line(_ versions: [Answer<VersionFiguresForm>]) -> String? {
        let words = versions.map { version in
            let calls = "\(version.version): \(version.answered) \(version.answered == 1 ? "call" : "calls")"
            guard version.reports > 0 else { return calls }
            return calls + ", \(version.coldStarts) of \(version.reports) looked at were cold starts"
        }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    /// A text such as `function_error in now: the function failed …`, in which `now` is the tool.
    package static func line(_ error: Answer<CallErrorForm>) -> String {
        "\(error.code) in \(error.tool): \(error.text)"
    }

    /// A duration with at most three digits, such as `0.4 ms`, `12 ms`, `1.2 s`, `31 s`, `5 min`.
    package static func duration(microseconds: Int?) -> String? {
        guard let microseconds else { return nil }
        func tenths(_ value: Int, _ unit: Int, _ name: String) -> String {
            value < 10 * unit
                ? "\(value / unit).\(value % unit * 10 / unit) \(name)" : "\(value / unit) \(name)"
        }
        switch microseconds {
        case ..<1_000_000: return tenths(microseconds, 1_000, "ms")
        case ..<100_000_000: return tenths(microseconds, 1_000_000, "s")
        default: return "\(microseconds / 60_000_000) min"
        }
    }
}
