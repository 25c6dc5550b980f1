package import REST

/// The offers of names from the store, for the words that commands take.
extension Offer {
    package static let tenants = items(of: TenantForm.self, \.name, about: [\TenantForm.title])

    package static let targets = items(of: TargetForm.self, \.name, about: [\TargetForm.description])

    package static let tools = items(of: ToolForm.self, \.name, about: [\ToolForm.description])

    package static let activeKeys = items(
        of: KeyForm.self,
        \.prefix,
        about: [\KeyForm.tenant, \KeyForm.name]
    ).having(\KeyForm.state, .word("active"))

    /// The active keys of the tenant that the first operand names.
    package static let keysOfTenant = activeKeys.having(\KeyForm.tenant, .operand(0))

    static let subscriptions = subscriptions(query: [:])

    static let pendingSubscriptions = subscriptions(query: ["state": "pending"])

    static let approvedSubscriptions = subscriptions(query: ["state": "approved"])

    /// The patterns of the tenant that the first operand names.
    static let patternsOfTenant = items(
        of: PermissionForm.self,
        \.pattern,
        about: [\PermissionForm.effect]
    ).having(\PermissionForm.tenant, .operand(0))

    /// The limits of the scope that the first operand names.
    package static let limitsOfScope = items(of: LimitForm.self, \.name, about: [\LimitForm.rate])
        .having(\LimitForm.scope, .operand(0))

    private static func subscriptions(query: KeyValuePairs<String, String>) -> Offer {
        items(
            of: SubscriptionForm.self,
            \.id,
            about: [\SubscriptionForm.tenant, \SubscriptionForm.target],
            query: query
        )
    }
}
