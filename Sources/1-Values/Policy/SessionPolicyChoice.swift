/// What the gateway's session of a tenant's role may do.
package enum SessionPolicyChoice: String, Sendable, CaseIterable {
    /// Invoke the functions of the tools that the tenant may call, and nothing else that the role may do.
    case functions
    /// All that the role may do.
    case none

    /// The choice for a tenant that has a role and doesn't choose: a role with more rights than it needs then does no
    /// harm.
    package static let standard = SessionPolicyChoice.functions
}
