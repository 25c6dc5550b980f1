package import Policy

/// The sender of an admitted request: its principal, with the state in which it was found.
package struct Caller: Sendable {
    package let principal: Principal
    /// The state that the request is served from; the principal's positions are positions in its snapshot.
    package let state: GatewayState
    /// Where an access token lies in the request's bytes; nil for a key.
    package let token: Range<Int>?

    init(principal: Principal, state: GatewayState, token: Range<Int>?) {
        self.principal = principal
        self.state = state
        self.token = token
    }

    /// The store's id of the tenant that the request speaks for.
    package var tenantID: Int64 { state.snapshot.tenants[principal.tenant].id }
}
