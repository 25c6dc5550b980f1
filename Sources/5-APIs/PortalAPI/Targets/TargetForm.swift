import Policy
import REST
import Store

/// A target, with the newest subscription of the caller's tenant to it.
struct OfferedTarget: Sendable {
    let entry: TargetEntry
    /// How many tools it has that aren't held back.
    let tools: Int
    /// The tenant's newest subscription; nil when it never asked for the target.
    let subscription: SubscriptionRecord?
}

/// The JSON form of a target, for a tenant; docs/portal-api.md describes it. It doesn't show functions, regions and
/// addresses, which are the operator's concern.
struct TargetForm: ListedForm {
    typealias Record = OfferedTarget

    static let component: String? = "Target"
    static let plural = "targets"

    let name = Member("name", .name, \Record.entry.name)
    let description = Member("description", .text(0...4_096), \Record.entry.description)
    let approval = Member(
        "approval",
        .word(
            of: Approval.self,
            "required: an operator decides; auto: approved as it's asked for; open: nothing to ask for"
        ),
        \Record.entry.approval.rawValue
    )
    let tools = Member("tools", .count.described("how many it has"), \Record.tools)
    let subscription = Member(
        "subscription",
        StandingSubscriptionForm.self,
        summary: "your newest to it; null when you never asked",
        ifAny: \Record.subscription
    )
}

/// A subscription in short, beside its target.
struct StandingSubscriptionForm: Form {
    typealias Record = SubscriptionRecord

    let id = Member("id", .id, \Record.id)
    let state = Member("state", .word(of: Record.State.self), \Record.state.rawValue)
    let expiresAtMs = Member("expiresAtMs", .moment, \Record.expiresAtMs)
}
