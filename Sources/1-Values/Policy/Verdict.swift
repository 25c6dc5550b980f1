/// What can be decided about a credential without waiting.
package enum Verdict<Holder> {
    case accepted(Holder)
    case refused(Refusal)
    /// It may be accepted after waiting for this; without waiting, or if that changes nothing, it is refused.
    case pending(Pending, otherwise: Refusal)

    /// The same verdict with the holder replaced by the result of `transform`.
    @inlinable
    package func map<Other>(_ transform: (Holder) -> Other) -> Verdict<Other> {
        switch self {
        case .accepted(let holder): .accepted(transform(holder))
        case .refused(let refusal): .refused(refusal)
        case .pending(let pending, let refusal): .pending(pending, otherwise: refusal)
        }
    }
}

extension Verdict: Sendable where Holder: Sendable {}

/// What must be waited for before a credential can be decided on.
package enum Pending: Sendable, Equatable {
    /// A newer state from the store: the credential doesn't work in the state in force, which may be out of date.
    case newerState
    /// The public keys of the issuer at that position of the settings.
    case issuerKeys(Int)
}
