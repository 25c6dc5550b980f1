import Policy
import REST
import Store

/// The JSON form of a subscription, for its tenant; docs/portal-api.md describes it.
struct SubscriptionForm: ListedForm {
    typealias Record = SubscriptionRecord

    static let component: String? = "Subscription"
    static let plural = "subscriptions"

    let id = Member("id", .id, \Record.id)
    let target = Member("target", .name, \Record.target.text)
    let state = Member("state", .word(of: Record.State.self), \Record.state.rawValue)
    let requestedTools = Member("requestedTools", .patternTexts) { (record: Record) in
        record.requestedTools.map { $0.text }
    }
    let approvedTools = Member("approvedTools", .patternTexts) { (record: Record) in
        record.approvedTools.map { $0.text }
    }
    let requestReason = Member("requestReason", .text, \Record.requestReason)
    let requestedBy = Member("requestedBy", .word(of: Side.self)) { (record: Record) in
        Side(of: record.requestedBy).rawValue
    }
    let requestedAtMs = Member("requestedAtMs", .moment, \Record.requestedAtMs)
    let decisionReason = Member("decisionReason", .text, \Record.decisionReason)
    let decidedBy = Member("decidedBy", .word(of: Side.self)) { (record: Record) in
        record.decidedBy.map { Side(of: $0).rawValue }
    }
    let decidedAtMs = Member("decidedAtMs", .moment, \Record.decidedAtMs)
    let expiresAtMs = Member("expiresAtMs", .moment, \Record.expiresAtMs)
    let pinned = Member(
        "pinned",
        .truth("whether it holds only for the definitions that were approved with it"),
        \Record.isPinned
    )
}

/// The answer to a request for a target: the subscription, which may have existed before.
struct RequestedSubscriptionForm: Form {
    typealias Record = RequestedSubscription

    static let component = SubscriptionForm.component

    let subscription = Included(SubscriptionForm.self, \Record.record)
}

/// The side that an actor is on. Tenants don't see operators' names.
private enum Side: String, CaseIterable {
    case tenant, `operator`, gateway

    init(of actor: String) {
        self = actor.hasPrefix("portal:") ? .tenant : actor == "system" ? .gateway : .operator
    }
}
