/// What is known of a credential without waiting.
package enum Verdict<Holder> {
    case accepted(Holder)
    case refused(Refusal)
    /// It may be accepted once this has been waited for; without waiting, or if that brings nothing, it is refused.
    case pending(Pending, otherwise: Refusal)

    /// The same verdict about what `transform` makes of the holder.
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

/// What has to be waited for before a credential can be judged.
package enum Pending: Sendable, Equatable {
    /// A look at the store: the credential doesn't work in the state in force, which may be out of date.
    case newerState
    /// The public keys of the issuer at that position of the settings.
    case issuerKeys(Int)
}
