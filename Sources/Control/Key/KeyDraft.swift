import Config
import Policy
package import Store

/// A key as it is asked for, in words not yet checked.
package struct KeyDraft: Sendable, Equatable {
    package var tenant: String
    package var name: String?
    /// How long it works from now, such as `90d`; `nil` for a key without an end.
    package var expires: String?
    /// Patterns over exposed tool names; empty for no narrowing.
    package var allow: [String]

    package init(tenant: String, name: String? = nil, expires: String? = nil, allow: [String] = []) {
        self.tenant = tenant
        self.name = name
        self.expires = expires
        self.allow = allow
    }

    /// The longest life that may be asked for: 10 years.
    private static let lifeMax = Duration.seconds(3_653 * 86_400)

    /// - Throws: `.invalid`, which names the first word that is wrong.
    fileprivate func patterns() throws(StoreError) -> [NamePattern] {
        var patterns: [NamePattern] = []
        for text in allow {
            guard let pattern = NamePattern(text) else {
                throw StoreError(
                    .invalid,
                    "\(shown(text)) is no pattern",
                    hint:
                        "give 1 to \(NamePattern.bytesMax) visible characters without spaces, such as time___*"
                )
            }
            patterns.append(pattern)
        }
        return patterns
    }

    /// Milliseconds since 1970.
    fileprivate func expiry(nowMs: Int64) throws(StoreError) -> Int64? {
        guard let expires else { return nil }
        guard let life = DurationText.parse(expires), life > .zero, life <= Self.lifeMax else {
            throw StoreError(
                .invalid,
                "\(shown(expires)) is no time for a key to live",
                hint: "give a whole number and s, m, h or d, at most 3653d, such as 90d"
            )
        }
        return nowMs + Int64(milliseconds(life))
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
            allow: try draft.patterns()
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
