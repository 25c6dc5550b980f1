/// The contents of an accepted token, in the gateway's terms.
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
    /// A hash that is the same for all tokens of one issuer, subject and client; sessions are bound to it. 63 bits,
    /// the top one of them set, so that it is never a small number as the ids of keys are.
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
