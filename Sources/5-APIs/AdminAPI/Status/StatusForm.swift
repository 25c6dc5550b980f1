package import Control
import Policy
package import REST

/// The JSON form of the status report; docs/cli-json.md describes it.
package struct StatusForm: Form {
    package typealias Record = StatusReport

    package static let component: String? = "Status"

    package let atMs = Member("atMs", .moment, \Record.atMs)
    package let server = Member(
        "server",
        ServerStatusForm.self,
        summary: "null when no server runs that could be asked: then nothing is known of calls",
        ifAny: \Record.server
    )
    package let attention = Member(
        "attention",
        listOf: AttentionForm.self,
        max: 100_000,
        summary: "what needs a person first",
        \Record.attention
    )
    package let targets = Member(
        "targets",
        listOf: TargetStatusForm.self,
        max: 100_000,
        summary: "the worst first",
        { (report: StatusReport) in
            report.targets.map { TargetStatusForm.Record(standing: $0, atMs: report.atMs) }
        }
    )

    package init() {}
}

/// The JSON form of one target's status.
package struct TargetStatusForm: Form {
    package struct Record: Sendable {
        let standing: TargetStanding
        let atMs: Int64
    }

    package static let component: String? = "TargetStatus"

    package let name = Member("name", .name, \Record.standing.name)
    package let state = Member("state", .word(of: TargetState.self), \Record.standing.state.rawValue)
    package let tools = Member("tools", .count, \Record.standing.tools)
    package let refusedTools = Member("refusedTools", .count, \Record.standing.health.tools.refusedCount)
    package let refreshedAtMs = Member("refreshedAtMs", .moment, \Record.standing.health.refreshedAtMs)
    package let calls = Member("calls", CallFiguresForm.self, ifAny: \Record.calls)

    package init() {}
}

extension TargetStatusForm.Record {
    fileprivate var calls: CallFiguresForm.Record? {
        standing.calls.map { CallFiguresForm.Record(figures: $0, atMs: atMs) }
    }
}
