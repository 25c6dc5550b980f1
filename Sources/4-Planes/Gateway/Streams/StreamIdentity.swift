import Bytes
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

    /// The owner's principal in the snapshot; nil when the credential has expired or was revoked, or when its tenant is
    /// suspended or removed.
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

    /// When a token expires, in milliseconds since 1970, because snapshots don't hold that; nil for a key.
    var expiresAtMs: Int64? { if case .token(_, let grant) = self { grant.expiresAtMs } else { nil } }
}
