/// The principal of a request: positions in the snapshot that authenticated it, and in no other.
package struct Principal: Sendable, Hashable {
    /// What the request was authenticated with.
    package enum Credential: Sendable, Hashable {
        /// A bearer key, by its position.
        case key(Int)
        /// An OAuth access token.
        case token(TokenGrant)
    }

    package let tenant: Int
    package let credential: Credential

    package init(tenant: Int, credential: Credential) {
        self.tenant = tenant
        self.credential = credential
    }

    /// The holder of a key.
    package init(tenant: Int, key: Int) { self.init(tenant: tenant, credential: .key(key)) }

    /// The key's position; `nil` for a token.
    package var key: Int? { if case .key(let key) = credential { key } else { nil } }
}

/// What an access token grants, beside the tenant that it is for.
package struct TokenGrant: Sendable, Hashable {
    package let scopes: ScopeSet
    /// The first millisecond since 1970 at which the token no longer works.
    package let expiresAtMs: Int64
    /// A hash of the token's issuer, subject and client, of 63 bits, so never negative.
    package let subject: Int64

    package init(scopes: ScopeSet, expiresAtMs: Int64, subject: Int64) {
        self.scopes = scopes
        self.expiresAtMs = expiresAtMs
        self.subject = subject
    }
}

/// Some of the configured scopes, by their positions in the configuration; at most 64.
package struct ScopeSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The set of the one scope at a position of 0...63.
    package init(_ position: Int) { rawValue = 1 << UInt64(position) }
}
