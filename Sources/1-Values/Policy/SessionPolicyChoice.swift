/// What a tenant's role may do in the gateway's hands.
package enum SessionPolicyChoice: String, Sendable, CaseIterable {
    /// Invoke the functions of the tools that the tenant may call, and nothing else that the role may do.
    case functions
    /// All that the role may do.
    case none

    /// For a tenant that has a role and says nothing of this: a role that may more than it should harms nobody.
    package static let standard = SessionPolicyChoice.functions
}
