/// What a good token says, in the gateway's terms.
///
/// A class, so that a token that comes again costs a reference. Immutable.
package final class VerifiedToken: Sendable {
    /// Position in the settings' issuers.
    package let issuer: Int
    /// `sub`; never empty.
    package let subject: String
    /// `client_id`, or `azp`
    package let clientID: String?
    /// The name of the tenant it speaks for; whether there is such a tenant is not known here.
    package let tenant: String
    /// One bit for each scope of the settings.
    package let scopes: UInt64
    /// The first millisecond since 1970 at which it isn't accepted any more, clock skew included.
    package let expiresAtMs: Int64
    /// The same for all tokens of one issuer, subject and client: what sessions are bound to. 63 bits, the top one of
    /// them set, so that it never is a small number as the ids of keys are.
    package let subjectHash: Int64

    init(
        issuer: Int,
        subject: String,
        clientID: String?,
        tenant: String,
        scopes: UInt64,
        expiresAtMs: Int64,
        subjectHash: Int64
    ) {
        self.issuer = issuer
        self.subject = subject
        self.clientID = clientID
        self.tenant = tenant
        self.scopes = scopes
        self.expiresAtMs = expiresAtMs
        self.subjectHash = subjectHash
    }
}

/// Why a token is not accepted: for the log and metrics alone, as the caller is told one thing for all of them.
package enum TokenRefusal: String, Error, Sendable, Equatable, CaseIterable {
    /// Not a signed token of acceptable size and form, or claims of the wrong types.
    case malformed
    /// An algorithm that is not allowed.
    case algorithm
    /// Made for another end, such as a logout or ID token.
    case type
    /// An issuer that isn't trusted here, or none.
    case issuer
    /// For somebody else.
    case audience
    case expired
    /// Its time has not come: `nbf` or `iat` lie ahead.
    case notYetValid
    /// Bound to a key or certificate, whose possession a bearer can't show.
    case bound
    /// It says of nobody that it is theirs: `sub` is missing or empty.
    case subject
    /// It names no tenant, or one that the settings don't know.
    case tenant
    /// The issuer has no such key, also after asking.
    case unknownKey
    case signature
    /// The issuer could not be asked for its keys yet; the token may be good.
    case noKeys
}

/// What became of a token.
package enum TokenOutcome: Sendable {
    case verified(VerifiedToken)
    /// Good, but without a scope that every request needs.
    case insufficientScope(VerifiedToken)
    case refused(TokenRefusal)
    /// It may be good: the issuer's keys are to be asked for first, by `KeyRefresher.refresh(issuer:)`.
    case needsKeys(issuer: Int)
}
