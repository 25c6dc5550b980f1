import Policy

/// The owner of a stream, independent of any snapshot, so that it can be authenticated again after a change without
/// its credential.
enum StreamIdentity: Sendable {
    /// The SHA-256 of a key's text.
    case key(Digest)
    /// A verified token that speaks for the tenant of that name.
    case token(tenant: String, TokenGrant)

    init(_ principal: Principal, in snapshot: Snapshot) {
        switch principal.credential {
        case .key(let key): self = .key(snapshot.keys[key].hash)
        case .token(let grant): self = .token(tenant: snapshot.tenants[principal.tenant].name, grant)
        }
    }

    /// Who that is now; nil when the credential has ended, was revoked, or its tenant is suspended or gone.
    func principal(in snapshot: Snapshot, nowMs: Int64) -> Principal? {
        let outcome =
            switch self {
            case .key(let hash): snapshot.authenticate(hash: hash, nowMs: nowMs)
            case .token(let tenant, let grant):
                snapshot.authenticate(tenant: tenant, grant: grant, nowMs: nowMs)
            }
        guard case .success(let principal) = outcome else { return nil }
        return principal
    }

    /// When a token expires, which no snapshot knows.
    var expiresAtMs: Int64? { if case .token(_, let grant) = self { grant.expiresAtMs } else { nil } }
}
