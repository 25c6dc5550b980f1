/// A key as it is requested, in texts that aren't checked yet.
package struct KeyDraft: Sendable, Equatable {
    package var tenant: String
    package var name: String?
    /// How long it works from now, such as `90d`, or the UTC day it ends at; `nil` for a key without an end.
    package var expires: String?
    /// Patterns of the exposed names of tools that it reaches; empty for all.
    package var allow: [String]

    /// Patterns of the exposed names of tools that it never reaches.
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
