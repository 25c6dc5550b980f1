package import Store

extension WriteTransaction {
    /// Makes a key; its text is only in the returned value, and isn't stored.
    /// - Throws: `.invalid` for a wrong value, `.notFound` for an unknown tenant.
    package borrowing func issueKey(_ draft: KeyDraft, nowMs: Int64) throws(StoreError) -> IssuedKey {
        try issueKey(
            for: try checked(TenantName(draft.tenant)),
            name: draft.name,
            expiresAtMs: try checked(draft.expiry(nowMs: nowMs)),
            allow: try checked(namePatterns(draft.allow)),
            deny: try checked(namePatterns(draft.deny))
        )
    }
}
