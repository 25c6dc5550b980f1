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
    /// The prefix of the key that replaced it.
    package var rotatedTo: String?

    package init(
        id: Int64,
        tenant: TenantName,
        prefix: String,
        name: String? = nil,
        allow: [NamePattern],
        deny: [NamePattern],
        createdAtMs: Int64,
        expiresAtMs: Int64? = nil,
        revokedAtMs: Int64? = nil,
        lastUsedAtMs: Int64? = nil,
        rotatedTo: String? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.prefix = prefix
        self.name = name
        self.allow = allow
        self.deny = deny
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        self.revokedAtMs = revokedAtMs
        self.lastUsedAtMs = lastUsedAtMs
        self.rotatedTo = rotatedTo
    }

    /// Whether it is neither revoked nor expired.
    package func isActive(nowMs: Int64) -> Bool {
        revokedAtMs == nil && expiresAtMs.map { $0 > nowMs } ?? true
    }
}

/// A new key, with the only copy of its secret there will be.
package struct IssuedKey: Sendable {
    package let record: KeyRecord
    package let key: KeyText

    package init(
        record: KeyRecord,
        key: KeyText
    ) {
        self.record = record
        self.key = key
    }
}

/// A key's successor, and the key itself, which works until `old.expiresAtMs`.
package struct RotatedKey: Sendable {
    package let old: KeyRecord
    package let new: IssuedKey

    package init(
        old: KeyRecord,
        new: IssuedKey
    ) {
        self.old = old
        self.new = new
    }
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

/// Whether a key works, as lists show it.
package enum KeyState: String, Sendable {
    case active, expired, revoked

    package init(_ key: KeyRecord, nowMs: Int64) {
        if key.revokedAtMs != nil {
            self = .revoked
        } else {
            self = key.expiresAtMs.map { $0 <= nowMs } ?? false ? .expired : .active
        }
    }
}
