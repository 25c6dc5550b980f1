package import Bytes

/// What became of a presented credential. All but the first are the same 401 to the caller; the log may tell them apart.
package enum AuthenticationOutcome: Sendable, Equatable {
    case authenticated(Principal)
    case unknown
    case revoked
    case expired
    case tenantSuspended
}

/// What authentication and authorisation both ask first.
enum Standing {
    case good, keyRevoked, expired, tenantSuspended
}

/// What decides a key's standing, and where its view is.
struct KeyGate: Sendable {
    private let isRevoked: Bool
    private let isTenantActive: Bool
    /// A position in the snapshot's views.
    let view: Int
    private let expiresAtMs: Int64?

    init(_ key: KeyEntry, tenant: TenantEntry, view: Int) {
        isRevoked = key.isRevoked
        isTenantActive = tenant.state == .active
        expiresAtMs = key.expiresAtMs
        self.view = view
    }

    /// Revocation is named before expiry, and expiry before suspension.
    func standing(nowMs: Int64) -> Standing {
        if isRevoked { return .keyRevoked }
        if let expiresAtMs, nowMs >= expiresAtMs { return .expired }
        return isTenantActive ? .good : .tenantSuspended
    }
}

extension Snapshot {
    /// Who holds the key whose whole text has that SHA-256, if it works at `nowMs` (milliseconds since 1970).
    ///
    /// O(1), allocates nothing; the same work whether a key is unknown or its secret wrong, as both are one lookup.
    package func authenticate(hash: Digest, nowMs: Int64) -> AuthenticationOutcome {
        guard let key = key(hash: hash) else { return .unknown }
        return outcome(Principal(tenant: keys[key].tenant, key: key), nowMs: nowMs)
    }

    /// The same for the bearer of a verified token that speaks for the tenant of that name. O(1).
    package func authenticate(tenant name: String, grant: TokenGrant, nowMs: Int64) -> AuthenticationOutcome {
        guard let tenant = tenant(named: name) else { return .unknown }
        return outcome(Principal(tenant: tenant, credential: .token(grant)), nowMs: nowMs)
    }

    /// The same credential's outcome in this snapshot, for a principal of an older one. O(1).
    package func reauthenticate(
        _ principal: Principal,
        of old: Snapshot,
        nowMs: Int64
    ) -> AuthenticationOutcome {
        switch principal.credential {
        case .key(let key): authenticate(hash: old.keys[key].hash, nowMs: nowMs)
        case .token(let grant):
            authenticate(tenant: old.tenants[principal.tenant].name, grant: grant, nowMs: nowMs)
        }
    }

    /// A number that stays with the credential's holder from snapshot to snapshot: the key's id, or for a token a
    /// negative number made of its subject. Sessions are bound to it.
    package func holderID(of principal: Principal) -> Int64 {
        switch principal.credential {
        case .key(let key): keys[key].id
        case .token(let grant): ~grant.subject
        }
    }

    private func outcome(_ principal: Principal, nowMs: Int64) -> AuthenticationOutcome {
        switch standing(of: principal, nowMs: nowMs) {
        case .good: .authenticated(principal)
        case .keyRevoked: .revoked
        case .expired: .expired
        case .tenantSuspended: .tenantSuspended
        }
    }

    /// Whether a principal of this snapshot may do anything at all at `nowMs`.
    func standing(of principal: Principal, nowMs: Int64) -> Standing {
        switch principal.credential {
        case .key(let key): return keyGates[key].standing(nowMs: nowMs)
        case .token(let grant):
            if nowMs >= grant.expiresAtMs { return .expired }
            return tenants[principal.tenant].state == .active ? .good : .tenantSuspended
        }
    }
}
