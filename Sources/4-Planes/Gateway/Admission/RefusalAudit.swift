/// A credential that was refused.
package struct RefusedAuthentication: Sendable, Equatable {
    /// The client's address as text; nil when it stands for many.
    package let address: String?
    /// One of few words: `unknown`, `revoked`, `expired`, `suspended`, or `limited` when it wasn't looked at.
    package let reason: String
    /// The prefix that was presented, if the credential has a key's form. Not a secret; may be invented.
    package let keyPrefix: String?
    /// Milliseconds since 1970.
    package let atMs: Int64

    package init(address: String?, reason: String, keyPrefix: String?, atMs: Int64) {
        self.address = address
        self.reason = reason
        self.keyPrefix = keyPrefix
        self.atMs = atMs
    }
}

/// Where refused authentications are reported: a port that the audit log is behind.
package protocol RefusalAudit: Sendable {
    /// Called on any loop, for each; must return at once.
    func refused(_ refusal: RefusedAuthentication)
}
