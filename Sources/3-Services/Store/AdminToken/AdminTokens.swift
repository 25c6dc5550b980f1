package import Bytes
import JSON
import Database
package import Policy
import Text

extension ReadTransaction {
    /// All admin tokens, oldest first; revoked and expired ones too.
    package borrowing func adminTokens() throws(StoreError) -> [AdminTokenRecord] {
        try rows("\(selectTokens) ORDER BY id") { row throws(StoreError) in adminTokenRecord(row) }
    }

    /// The token of that name that is in force, else the one that had it last.
    /// - Throws: `.notFound`.
    package borrowing func adminToken(_ name: String) throws(StoreError) -> AdminTokenRecord {
        let found = try rows(
            "\(selectTokens) WHERE name = ? ORDER BY revoked_at_ms IS NULL DESC, id DESC LIMIT 1",
            [.text(name)]
        ) { row throws(StoreError) in adminTokenRecord(row) }
        guard let token = found.first else {
            throw StoreError(
                .notFound,
                "there is no admin token \(quoted(name))",
                hint: "`mcp-gateway admin-token list` shows the tokens"
            )
        }
        return token
    }

    /// The admin token with this hash, or why it's refused; see `AdminTokenText.hash(of:)`.
    ///
    /// One lookup in an index over the hashes, whatever was presented: an unknown prefix and a wrong secret cost the
    /// same work, and the time tells nothing about any token, as only its hash is compared.
    package borrowing func authenticateAdminToken(
        hash: Digest,
        nowMs: Int64
    ) throws(StoreError) -> Result<AdminTokenRecord, Refusal> {
        let found = try rows("\(selectTokens) WHERE hash = ?", [.blob(hash.bytes)]) {
            row throws(StoreError) in adminTokenRecord(row)
        }
        guard let token = found.first else { return .failure(.unknown) }
        if token.revokedAtMs != nil { return .failure(.revoked) }
        return token.isActive(nowMs: nowMs) ? .success(token) : .failure(.expired)
    }
}

extension WriteTransaction {
    /// Makes an admin token. Its secret is in the answer and nowhere else.
    /// - Throws: `.invalid` for a name that doesn't fit the rules (those of tenants' names) or an expiry that has
    ///   passed; `.conflict` when a token of that name is in force or has expired without being revoked.
    package borrowing func issueAdminToken(
        name: String,
        role: AdminRole,
        expiresAtMs: Int64? = nil
    ) throws(StoreError) -> IssuedAdminToken {
        try checked(checkName(name, of: "admin token"))
        let now = clock()
        try checkExpiry(expiresAtMs, of: "token", nowMs: now)
        var token = AdminTokenText.random()
        while try isPrefixOfTokenInUse(token.prefix) { token = AdminTokenText.random() }
        let inserted = try run(
            """
            INSERT INTO admin_token (name, role, prefix, hash, created_at_ms, expires_at_ms)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                .text(name), .text(role.rawValue), .text(token.prefix), .blob(token.hash.bytes),
                .integer(now),
                Value(expiresAtMs),
            ]
        )
        guard inserted == 1 else {
            throw StoreError(
                .conflict,
                "there is an admin token \(name) already",
                hint: "choose another name, or revoke that one first"
            )
        }
        let record = try reading.adminToken(name)
        try audit("admin-token.issue", "admin-token:\(name)", after: record.audited)
        return IssuedAdminToken(record: record, token: token)
    }

    /// Stops an admin token for good. Idempotent.
    /// - Throws: `.notFound`.
    @discardableResult
    package borrowing func revokeAdminToken(_ name: String) throws(StoreError) -> AdminTokenRecord {
        let found = try reading.adminToken(name)
        if found.revokedAtMs != nil { return found }
        try run(
            "UPDATE admin_token SET revoked_at_ms = ? WHERE id = ?",
            [.integer(clock()), .integer(found.id)]
        )
        let after = try reading.adminToken(name)
        let (old, new) = difference(found.audited, after.audited)
        try audit("admin-token.revoke", "admin-token:\(name)", before: old, after: new)
        return after
    }

    private borrowing func isPrefixOfTokenInUse(_ prefix: String) throws(StoreError) -> Bool {
        try !reading.rows("SELECT 1 FROM admin_token WHERE prefix = ?", [.text(prefix)]) { _ in 1 }.isEmpty
    }
}

extension AdminTokenRecord {
    /// The fields that the audit log shows.
    fileprivate var audited: JSONValue {
        [
            "name": .string(name), "role": .string(role.rawValue), "prefix": .string(prefix),
            "expiresAtMs": .optional(expiresAtMs), "revokedAtMs": .optional(revokedAtMs),
        ]
    }
}

private let selectTokens = """
    SELECT id, name, role, prefix, created_at_ms, expires_at_ms, revoked_at_ms FROM admin_token
    """

private func adminTokenRecord(_ row: borrowing Row) -> AdminTokenRecord {
    AdminTokenRecord(
        id: row.int64(at: 0),
        name: row.text(at: 1) ?? "",
        // A role that this program doesn't know may only read.
        role: AdminRole(rawValue: row.text(at: 2) ?? "") ?? .viewer,
        prefix: row.text(at: 3) ?? "",
        createdAtMs: row.int64(at: 4),
        expiresAtMs: row.isNull(at: 5) ? nil : row.int64(at: 5),
        revokedAtMs: row.isNull(at: 6) ? nil : row.int64(at: 6)
    )
}
