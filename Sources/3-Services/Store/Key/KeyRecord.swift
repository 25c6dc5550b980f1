import JSON
package import Policy

/// A key as it is stored; its secret isn't.
package struct KeyRecord: Sendable, Equatable {
    package var id: Int64
    package var tenant: TenantName
    package var prefix: String
    package var name: String?
    package var allow: [NamePattern]
    package var deny: [NamePattern]
    package var createdAtMs: Int64
    package var expiresAtMs: Int64?
    package var revokedAtMs: Int64?
    /// When it was last used, to within the interval at which uses are written; `nil` when never.
    package var lastUsedAtMs: Int64?
    /// The prefix of the key that took its place.
    package var rotatedTo: String?

    /// Whether it is neither revoked nor expired.
    package func isActive(nowMs: Int64) -> Bool {
        revokedAtMs == nil && expiresAtMs.map { $0 > nowMs } ?? true
    }
}

/// A new key, with the only copy of its secret there will be.
package struct IssuedKey: Sendable {
    package let record: KeyRecord
    package let key: KeyText
}

/// A key's successor, and the key itself, which works until `old.expiresAtMs`.
package struct RotatedKey: Sendable {
    package let old: KeyRecord
    package let new: IssuedKey
}

/// When a key was used.
package struct KeyUse: Sendable, Equatable {
    package var keyID: Int64
    /// Milliseconds since 1970.
    package var atMs: Int64

    package init(keyID: Int64, atMs: Int64) {
        self.keyID = keyID
        self.atMs = atMs
    }
}

extension KeyRecord {
    /// As the audit log shows it.
    var audited: JSONValue {
        [
            "id": .number(String(id)), "prefix": .string(prefix), "tenant": .string(tenant.text),
            "name": .optional(name), "allow": .array(allow.map { .string($0.text) }),
            "deny": .array(deny.map { .string($0.text) }), "expiresAtMs": .optional(expiresAtMs),
            "revokedAtMs": .optional(revokedAtMs), "rotatedTo": .optional(rotatedTo),
        ]
    }
}
