import Bytes
import JSON
package import Policy
import Database

extension WriteTransaction {
    /// Makes a key for a tenant. Its secret is in the answer and nowhere else.
    ///
    /// `expiresAtMs` is the first millisecond since 1970 at which it no longer works. A key with `allow` patterns
    /// reaches only tools that one of them matches, and none that a `deny` pattern matches.
    /// - Throws: `.notFound` for the tenant; `.invalid` for an expiry that has passed, a name over 100 bytes or with
    ///   control characters, or more than 100 patterns of a kind.
    package borrowing func issueKey(
        for tenant: TenantName,
        name: String? = nil,
        expiresAtMs: Int64? = nil,
        allow: [NamePattern] = [],
        deny: [NamePattern] = []
    ) throws(StoreError) -> IssuedKey {
        try checked(checkText(name, "the key's name", bytes: 1...100))
        let now = clock()
        let owner = try reading.tenant(tenant, nowMs: now)
        try checkExpiry(expiresAtMs, of: "key", nowMs: now)
        guard allow.count <= 100, deny.count <= 100 else {
            throw StoreError(
                .invalid,
                "\(max(allow.count, deny.count)) patterns for one key",
                hint: "100 to allow and 100 to deny are possible"
            )
        }
        var key = KeyText.random()
        // The prefix may be in use already: one in 36⁸.
        while try isPrefixInUse(key.prefix) { key = KeyText.random() }
        try run(
            """
            INSERT INTO tenant_key (tenant_id, name, prefix, hash, allow_patterns, deny_patterns, created_at_ms,
                expires_at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(owner.id), Value(name), .text(key.prefix), .blob(key.hash.bytes),
                patternsValue(allow),
                patternsValue(deny), .integer(now), Value(expiresAtMs),
            ]
        )
        let record = try reading.key(prefix: key.prefix)
        try audit("key.issue", "key:\(key.prefix)", tenant: tenant.text, after: record.audited)
        return IssuedKey(record: record, key: key)
    }

    /// Stops a key for good. Idempotent: a second call keeps the date of the first.
    /// - Throws: as `ReadTransaction.key(prefix:)`.
    @discardableResult
    package borrowing func revokeKey(prefix: String) throws(StoreError) -> KeyRecord {
        let found = try reading.key(prefix: prefix)
        if found.revokedAtMs != nil { return found }
        try run(
            "UPDATE tenant_key SET revoked_at_ms = ? WHERE id = ?",
            [.integer(clock()), .integer(found.id)]
        )
        return try auditedChange("key.revoke", from: found)
    }

    /// Makes a key that takes the place of another: the same tenant, name, patterns and limits (with counters of
    /// their own), and the same lifetime, from now on.
    ///
    /// The old key goes on for `overlapMs`, or as long as it would have anyway if that's shorter.
    /// - Parameter overlapMs: 0...7776000000, which is 90 days.
    /// - Throws: as `ReadTransaction.key(prefix:)`; `.invalid` for the overlap; `.conflict` for a key that is revoked,
    ///   expired or rotated already.
    package borrowing func rotateKey(prefix: String, overlapMs: Int64) throws(StoreError) -> RotatedKey {
        guard (0...overlapMaxMs).contains(overlapMs) else {
            throw StoreError(
                .invalid,
                "an overlap of \(overlapMs) ms",
                hint: "0 to 90 days are allowed"
            )
        }
        let old = try reading.key(prefix: prefix)
        let now = clock()
        try refuseIfOver(old, nowMs: now)
        let life = old.expiresAtMs.map { max($0 - old.createdAtMs, 1) }
        let issued = try issueKey(
            for: old.tenant,
            name: old.name,
            expiresAtMs: life.map { now + min($0, .max - now) },
            allow: old.allow,
            deny: old.deny
        )
        try copyLimit(of: prefix, to: issued.record.prefix)
        let end = min(now + overlapMs, old.expiresAtMs ?? .max)
        try run(
            "UPDATE tenant_key SET expires_at_ms = ?, rotated_to = ? WHERE id = ?",
            [.integer(end), .integer(issued.record.id), .integer(old.id)]
        )
        return RotatedKey(old: try auditedChange("key.rotate", from: old), new: issued)
    }

    /// Notes when keys were last used. A use earlier than the noted one changes nothing, and an unknown key is not an
    /// error. Uses neither change the policy nor appear in the audit log.
    package borrowing func recordKeyUse(_ uses: [KeyUse]) throws(StoreError) {
        try runEach(
            """
            UPDATE tenant_key SET last_used_at_ms = ?1
            WHERE id = ?2 AND (last_used_at_ms IS NULL OR last_used_at_ms < ?1)
            """,
            uses.lazy.map { [.integer($0.atMs), .integer($0.keyID)] }
        )
    }

    /// Copies a key's limit; the copy has counters of its own.
    private borrowing func copyLimit(of old: String, to new: String) throws(StoreError) {
        guard let limit = try reading.limit(on: .key(prefix: old)) else { return }
        var change = LimitChange()
        if let rate = limit.rate {
            change.rate = .set(LimitChange.Rate(permits: rate.permits, per: rate.unit))
            change.burst = .set(rate.burst)
        }
        if let quota = limit.dayQuota { change.dayQuota = .set(quota) }
        if let quota = limit.monthQuota { change.monthQuota = .set(quota) }
        if let budget = limit.dayBudget { change.dayBudget = .set(budget) }
        if let budget = limit.monthBudget { change.monthBudget = .set(budget) }
        try setLimit(.key(prefix: new), change)
    }

    private borrowing func refuseIfOver(_ key: KeyRecord, nowMs: Int64) throws(StoreError) {
        let state: String
        if key.revokedAtMs != nil {
            state = "is revoked"
        } else if let successor = key.rotatedTo {
            state = "was rotated already, to \(successor)"
        } else if !key.isActive(nowMs: nowMs) {
            state = "has expired"
        } else {
            return
        }
        throw StoreError(
            .conflict,
            "key \(key.prefix) \(state)",
            hint: "issue a new one with `mcp-gateway key issue \(key.tenant)`"
        )
    }

    private borrowing func auditedChange(
        _ action: String,
        from before: KeyRecord
    ) throws(StoreError) -> KeyRecord {
        let after = try reading.key(prefix: before.prefix)
        let (old, new) = difference(before.audited, after.audited)
        try audit(action, "key:\(before.prefix)", tenant: before.tenant.text, before: old, after: new)
        return after
    }

    private borrowing func isPrefixInUse(_ prefix: String) throws(StoreError) -> Bool {
        try !reading.rows("SELECT 1 FROM tenant_key WHERE prefix = ?", [.text(prefix)]) { _ in 1 }.isEmpty
    }
}

/// 90 days.
private let overlapMaxMs: Int64 = 90 * 86_400_000

/// - Throws: `.invalid` for an expiry that isn't in the future.
func checkExpiry(_ expiresAtMs: Int64?, of noun: String, nowMs: Int64) throws(StoreError) {
    if let expiresAtMs, expiresAtMs <= nowMs {
        throw StoreError(
            .invalid,
            "the \(noun) would have expired already",
            hint: "choose an expiry in the future"
        )
    }
}
