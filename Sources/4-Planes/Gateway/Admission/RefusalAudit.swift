/// A credential that was refused.
package struct RefusedAuthentication: Sendable, Equatable {
    /// The client's address as text; nil when this stands for many addresses.
    package let address: String?
    /// `Refusal.word`: one of a few words, such as `unknown`, `revoked` or `expired`; `limited` for a credential that
    /// wasn't checked.
    package let reason: String
    /// The prefix that the client sent, if the credential has a key's form. Not a secret; may be invented.
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

/// The port to the audit log, for refused authentications.
package protocol RefusalAudit: Sendable {
    /// Called on any loop for each refusal; must return at once.
    func refused(_ refusal: RefusedAuthentication)
}
