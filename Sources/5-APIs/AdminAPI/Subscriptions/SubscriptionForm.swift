import Policy
import REST
import Store

/// The JSON form of a subscription; docs/cli-json.md describes it.
struct SubscriptionForm: ListedForm {
    typealias Record = SubscriptionRecord

    static let component: String? = "Subscription"
    static let plural = "subscriptions"
    static let names = ["id"]

    let id = Member("id", .id, \Record.id)
    let tenant = Member("tenant", .name, \Record.tenant.text)
    let target = Member("target", .name, \Record.target.text)
    let state = Member("state", .word(of: Record.State.self), \Record.state.rawValue)
    let requestedTools = Member("requestedTools", .patternTexts) { (record: Record) in
        record.requestedTools.map { $0.text }
    }
    let approvedTools = Member("approvedTools", .patternTexts) { (record: Record) in
        record.approvedTools.map { $0.text }
    }
    let requestReason = Member("requestReason", .text, \Record.requestReason)
    let requestedBy = Member("requestedBy", .text, \Record.requestedBy)
    let requestedAtMs = Member("requestedAtMs", .moment, \Record.requestedAtMs)
    let decisionReason = Member("decisionReason", .text, \Record.decisionReason)
    let decidedBy = Member("decidedBy", .text, \Record.decidedBy)
    let decidedAtMs = Member("decidedAtMs", .moment, \Record.decidedAtMs)
    let expiresAtMs = Member("expiresAtMs", .moment, \Record.expiresAtMs)
    let pinned = Member(
        "pinned",
        .truth("whether it holds only for the definitions that were approved with it"),
        \Record.isPinned
    )
    let revision = Member("revision", .integer, \Record.revision)

    static let columns: [Column<SubscriptionForm>] = [
        Column("ID", \.id),
        Column("TENANT", \.tenant).whole,
        Column("TARGET", \.target).whole,
        .state("STATE", \.state, tones),
        Column("TOOLS") { Cell($0.approvedTools).or(Cell($0.requestedTools)).or(.text("all")) }.yields(
            .third
        ),
        Column("ASKED", \.requestedAtMs).spare,
        Column("BY", \.requestedBy).spare,
        Column("EXPIRES", \.expiresAtMs).yields(.third),
        Column("REASON") { Cell($0.decisionReason ?? $0.requestReason) }.yields(.first),
    ]

    private static let tones: [String: Tone] = [
        "pending": .waiting, "approved": .good, "denied": .bad, "revoked": .quiet, "expired": .quiet,
        "cancelled": .quiet,
    ]

    static let details: [Column<SubscriptionForm>] = [
        Column("id", \.id),
        Column("tenant", \.tenant),
        Column("target", \.target),
        .state("state", \.state, tones),
        Column("asked for") { Cell($0.requestedTools).or(.text("all tools")) },
        Column("asked by", \.requestedBy),
        Column("asked at", \.requestedAtMs),
        Column("reason", \.requestReason),
        Column("approved") { Cell($0.approvedTools).or($0.approvedAsAsked) },
        Column("decided by", \.decidedBy),
        Column("decided at", \.decidedAtMs),
        Column("decision", \.decisionReason),
        Column("expires", \.expiresAtMs),
        Column("pinned") { .text($0.pinned ? "to the approved definitions" : "no") },
    ]
}

extension Answer<SubscriptionForm> {
    /// The text for an approval without its own patterns; `.nothing` if none was given.
    fileprivate var approvedAsAsked: Cell {
        switch SubscriptionRecord.State(rawValue: self.state) {
        case .approved, .revoked, .expired:
            .text(self.requestedTools.isEmpty ? "all tools" : "all that was asked for")
        case .pending, .denied, .cancelled, nil: .nothing
        }
    }
}
