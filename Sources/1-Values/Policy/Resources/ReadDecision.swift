/// What a principal's read of a URI comes to.
package enum ReadDecision: Sendable, Equatable {
    /// The entry that stands for it, by its position, and the target's own URI to ask for.
    case allowed(Int, uri: String)
    /// There is no such resource for the caller, whatever the reason.
    case hidden
    /// The token could with more scopes.
    case outsideScopes(Int)
}
