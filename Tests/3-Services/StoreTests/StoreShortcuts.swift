import Store

extension Store {
    /// A write by the operator `cli:test`.
    @discardableResult
    func writing<T: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        try await write(as: .cli(user: "test"), requestID: nil, body)
    }

    func tenant(_ name: TenantName) async throws(StoreError) -> TenantRecord {
        try await read { read throws(StoreError) in try read.tenant(name, nowMs: 0) }
    }

    /// Audit events, newest first.
    func events(_ filter: AuditFilter = AuditFilter(limit: 1_000)) async throws(StoreError) -> [AuditEvent] {
        try await read { read throws(StoreError) in try read.auditEvents(filter) }
    }
}
