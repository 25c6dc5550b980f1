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

    /// When it ends, in milliseconds since 1970; `nil` for never.
    /// - Throws: `.invalid`.
    package func expiry(nowMs: Int64) throws(ModelFault) -> Int64? {
        guard let expires else { return nil }
        return try expiryMs(expires, for: "a key to live", nowMs: nowMs)
    }
}
