/// Who a request speaks for: positions in the snapshot that authenticated it, and in no other.
package struct Principal: Sendable, Equatable {
    package let tenant: Int
    package let key: Int

    package init(tenant: Int, key: Int) {
        self.tenant = tenant
        self.key = key
    }
}

/// What became of a presented key. All but the first are the same 401 to the caller; the log may tell them apart.
package enum AuthenticationOutcome: Sendable, Equatable {
    case authenticated(Principal)
    case unknown
    case revoked
    case expired
    case tenantSuspended
}

/// What authentication and authorisation both ask first.
enum Standing {
    case good, keyRevoked, keyExpired, tenantSuspended
}

extension Snapshot {
    /// Who holds the key whose whole text has that SHA-256, if it works at `nowMs` (milliseconds since 1970).
    ///
    /// O(1), allocates nothing; the same work whether a key is unknown or its secret wrong, as both are one lookup.
    package func authenticate(hash: Digest, nowMs: Int64) -> AuthenticationOutcome {
        guard let key = key(hash: hash) else { return .unknown }
        let principal = Principal(tenant: keys[key].tenant, key: key)
        return switch standing(of: principal, nowMs: nowMs) {
        case .good: .authenticated(principal)
        case .keyRevoked: .revoked
        case .keyExpired: .expired
        case .tenantSuspended: .tenantSuspended
        }
    }

    /// Whether the principal may do anything at all. Revocation is named before expiry.
    func standing(of principal: Principal, nowMs: Int64) -> Standing {
        if keys[principal.key].isRevoked { return .keyRevoked }
        if let expiry = keys[principal.key].expiresAtMs, nowMs >= expiry { return .keyExpired }
        if tenants[principal.tenant].state != .active { return .tenantSuspended }
        return .good
    }
}
