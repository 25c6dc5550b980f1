package import Bytes

/// The facts that decide whether a key works, and its view's position.
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

    /// Why the key doesn't work; nil when it does. Revocation is named before expiry, and expiry before suspension.
    func refusal(nowMs: Int64) -> Refusal? {
        if isRevoked { return .revoked }
        if let expiresAtMs, nowMs >= expiresAtMs { return .expired }
        return isTenantActive ? nil : .suspended
    }
}

extension Snapshot {
    /// The holder of the key whose whole text has that SHA-256, if the key works at `nowMs` (milliseconds since 1970).
    ///
    /// O(1), allocates nothing; the same work whether a key is unknown or its secret wrong, as both are one lookup.
    package func authenticate(hash: Digest, nowMs: Int64) -> Result<Principal, Refusal> {
        guard let key = key(hash: hash) else { return .failure(.unknown) }
        return judge(Principal(tenant: keys[key].tenant, key: key), nowMs: nowMs)
    }

    /// The same for the bearer of a verified token for the tenant of that name. O(1).
    package func authenticate(tenant name: String, grant: TokenGrant, nowMs: Int64) -> Result<
        Principal, Refusal
    > {
        guard let tenant = tenant(named: name) else { return .failure(.unknown) }
        return judge(Principal(tenant: tenant, credential: .token(grant)), nowMs: nowMs)
    }

    /// Judges the credential of an older snapshot's principal by this snapshot. O(1).
    package func reauthenticate(
        _ principal: Principal,
        of old: Snapshot,
        nowMs: Int64
    ) -> Result<Principal, Refusal> {
        switch principal.credential {
        case .key(let key): authenticate(hash: old.keys[key].hash, nowMs: nowMs)
        case .token(let grant):
            authenticate(tenant: old.tenants[principal.tenant].name, grant: grant, nowMs: nowMs)
        }
    }

    /// A number that stays with the credential's holder from snapshot to snapshot: the key's id, or for a token a
    /// negative number derived from its subject. Sessions are bound to it.
    package func holderID(of principal: Principal) -> Int64 {
        switch principal.credential {
        case .key(let key): keys[key].id
        case .token(let grant): ~grant.subject
        }
    }

    private func judge(_ principal: Principal, nowMs: Int64) -> Result<Principal, Refusal> {
        if let refusal = refusal(of: principal, nowMs: nowMs) {
            .failure(refusal)
        } else {
            .success(principal)
        }
    }

    /// Why a principal of this snapshot may do nothing at all at `nowMs`; nil when it may. Authentication and
    /// authorisation both check this first.
    func refusal(of principal: Principal, nowMs: Int64) -> Refusal? {
        switch principal.credential {
        case .key(let key): return keyGates[key].refusal(nowMs: nowMs)
        case .token(let grant):
            if nowMs >= grant.expiresAtMs { return .expired }
            return tenants[principal.tenant].state == .active ? nil : .suspended
        }
    }
}
