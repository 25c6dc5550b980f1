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

/// What decides a key's standing.
struct KeyGate: Sendable {
    private let isRevoked: Bool
    private let isTenantActive: Bool
    /// Whether its patterns are to be asked.
    let isNarrowed: Bool
    private let expiresAtMs: Int64?

    init(_ key: KeyEntry, tenant: TenantEntry) {
        isRevoked = key.isRevoked
        isTenantActive = tenant.state == .active
        isNarrowed = !key.allow.isEmpty
        expiresAtMs = key.expiresAtMs
    }

    /// Revocation is named before expiry, and expiry before suspension.
    func standing(nowMs: Int64) -> Standing {
        if isRevoked { return .keyRevoked }
        if let expiresAtMs, nowMs >= expiresAtMs { return .keyExpired }
        return isTenantActive ? .good : .tenantSuspended
    }
}

extension Snapshot {
    /// Who holds the key whose whole text has that SHA-256, if it works at `nowMs` (milliseconds since 1970).
    ///
    /// O(1), allocates nothing; the same work whether a key is unknown or its secret wrong, as both are one lookup.
    package func authenticate(hash: Digest, nowMs: Int64) -> AuthenticationOutcome {
        guard let key = key(hash: hash) else { return .unknown }
        return switch keyGates[key].standing(nowMs: nowMs) {
        case .good: .authenticated(Principal(tenant: keys[key].tenant, key: key))
        case .keyRevoked: .revoked
        case .keyExpired: .expired
        case .tenantSuspended: .tenantSuspended
        }
    }
}
