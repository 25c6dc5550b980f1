import Policy

/// Whether the caller can use a tool, and if not, what is missing.
enum ToolStanding: String, Sendable, CaseIterable {
    case available
    /// There is no subscription that holds.
    case needsSubscription = "needs-subscription"
    /// The subscription's patterns leave it out.
    case outsideSubscription = "outside-subscription"
    /// Its definition isn't the one that was approved; nobody of the tenant reads it before an operator did.
    case waitingForApproval = "waiting-for-approval"
    /// The tenant's permissions, the key's patterns or the token's scopes leave it out.
    case notPermitted = "not-permitted"

    /// The decision that calls and lists make too; the rules are asked only for what it hides.
    init(of tool: Int, for caller: PortalCaller, nowMs: Int64) {
        let snapshot = caller.snapshot
        guard snapshot.authorize(caller.principal, tool: tool, nowMs: nowMs) != .allowed else {
            self = .available
            return
        }
        self =
            switch snapshot.explain(caller.principal, tool: tool, nowMs: nowMs).rule {
            case .noSubscription, .subscriptionExpired: .needsSubscription
            case .outsideSubscription: .outsideSubscription
            case .definitionNotApproved: .waitingForApproval
            default: .notPermitted
            }
    }
}
