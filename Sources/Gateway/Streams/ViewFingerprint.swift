import Policy

extension Snapshot {
    /// A number that differs, all but surely, when what the principal sees differs. Linear in the tools; the same
    /// within one process only.
    func fingerprint(for principal: Principal, nowMs: Int64) -> UInt64 {
        var hasher = Hasher()
        for index in visibleTools(for: principal, nowMs: nowMs) {
            hasher.combine(tools[index].exposedName)
            hasher.combine(tools[index].sha256)
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The next moment after `afterMs` at which a key expires by itself. Linear in the keys.
    func nextChange(afterMs: Int64) -> Int64? {
        var next: Int64?
        for key in keys {
            guard let expiresAtMs = key.expiresAtMs, expiresAtMs > afterMs, !key.isRevoked else { continue }
            next = min(next ?? expiresAtMs, expiresAtMs)
        }
        return next
    }
}
