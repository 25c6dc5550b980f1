import Policy

/// Whether the caller can use a tool, and if not, what is missing.
enum ToolStanding: String, Sendable, CaseIterable {
    case available
    /// There is no valid subscription.
    case needsSubscription = "needs-subscription"
    /// The subscription's patterns exclude the tool.
    case outsideSubscription = "outside-subscription"
    /// Its definition isn't the approved one; nobody of the tenant may read it before an operator has approved it.
    case waitingForApproval = "waiting-for-approval"
    /// The tenant's permissions, the key's patterns or the token's scopes exclude the tool.
    case notPermitted = "not-permitted"

    /// Uses the same decision as calls and lists; the rules are explained only for a tool that it hides.
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
