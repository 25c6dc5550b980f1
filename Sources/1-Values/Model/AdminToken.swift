/// What the holder of an admin token may do.
package enum AdminRole: String, Sendable, CaseIterable {
    /// Read everything.
    case viewer
    /// Read and change everything.
    case `operator`
}

/// An admin token as it is stored; its secret isn't.
package struct AdminTokenRecord: Sendable, Equatable {
    package var id: Int64
    /// The name of its holder in audit events; only one token at a time has it.
    package var name: String
    package var role: AdminRole
    package var prefix: String
    package var createdAtMs: Int64
    /// The first millisecond since 1970 at which the token no longer works.
    package var expiresAtMs: Int64?
    package var revokedAtMs: Int64?

    package init(
        id: Int64,
        name: String,
        role: AdminRole,
        prefix: String,
        createdAtMs: Int64,
        expiresAtMs: Int64? = nil,
        revokedAtMs: Int64? = nil
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.prefix = prefix
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        self.revokedAtMs = revokedAtMs
    }

    /// Whether it is neither revoked nor expired.
    package func isActive(nowMs: Int64) -> Bool {
        revokedAtMs == nil && expiresAtMs.map { $0 > nowMs } ?? true
    }
}

/// A new admin token, with the only copy of its secret there will be.
package struct IssuedAdminToken: Sendable {
    package let record: AdminTokenRecord
    package let token: AdminTokenText

    package init(
        record: AdminTokenRecord,
        token: AdminTokenText
    ) {
        self.record = record
        self.token = token
    }
}
