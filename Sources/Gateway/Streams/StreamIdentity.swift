package import Policy

/// Whose a stream is, in a form that outlives snapshots: what it takes to authenticate again without the credential.
package enum StreamIdentity: Hashable, Sendable {
    /// The SHA-256 of a key's text.
    case key(Digest)

    init(_ principal: Principal, in snapshot: Snapshot) { self = .key(snapshot.keys[principal.key].hash) }

    /// Who that is now; nil when the credential has ended, was revoked, or its tenant is suspended or gone.
    func principal(in snapshot: Snapshot, nowMs: Int64) -> Principal? {
        switch self {
        case .key(let hash):
            guard case .authenticated(let principal) = snapshot.authenticate(hash: hash, nowMs: nowMs) else {
                return nil
            }
            return principal
        }
    }
}
