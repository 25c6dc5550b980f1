import Policy
package import Store

/// A key as it is asked for, in words not yet checked.
package struct KeyDraft: Sendable, Equatable {
    package var tenant: String
    package var name: String?
    /// How long it works from now, such as `90d`, or the UTC day it ends at; `nil` for a key without an end.
    package var expires: String?
    /// Patterns over exposed tool names; empty for no narrowing.
    package var allow: [String]

    /// Patterns over what it never reaches.
    package var deny: [String]

    package init(
        tenant: String,
        name: String? = nil,
        expires: String? = nil,
        allow: [String] = [],
        deny: [String] = []
    ) {
        self.tenant = tenant
        self.name = name
        self.expires = expires
        self.allow = allow
        self.deny = deny
    }

    /// Milliseconds since 1970.
    fileprivate func expiry(nowMs: Int64) throws(StoreError) -> Int64? {
        guard let expires else { return nil }
        return try expiryMs(expires, for: "a key to live", nowMs: nowMs)
    }
}

extension WriteTransaction {
    /// Makes a key; its text is in the answer and nowhere else.
    /// - Throws: `.invalid` for a word that is wrong, `.notFound` for the tenant.
    package borrowing func issueKey(_ draft: KeyDraft, nowMs: Int64) throws(StoreError) -> IssuedKey {
        try issueKey(
            for: try TenantName(draft.tenant),
            name: draft.name,
            expiresAtMs: try draft.expiry(nowMs: nowMs),
            allow: try namePatterns(draft.allow),
            deny: try namePatterns(draft.deny)
        )
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
