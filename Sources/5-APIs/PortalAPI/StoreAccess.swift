import HTTP
import Policy
import REST
import Store

extension OperationCall where Service == Services {
    var nowMs: Int64 { services.nowMs() }

    /// Reads the store for the caller's tenant.
    ///
    /// - Parameter missing: the problem when what was asked for doesn't exist.
    func read<T: Sendable>(
        missing: Problem,
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        let (caller, nowMs) = (caller, nowMs)
        return try await settle(missing) { () async throws(StoreError) in
            try await services.store.read { reading throws(StoreError) in
                try stands(caller, reading, nowMs: nowMs) ? try body(reading) : nil
            }
        }
    }

    /// Changes the store in the caller's name; otherwise like `read`.
    func write<T: Sendable>(
        missing: Problem,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        let (caller, nowMs) = (caller, nowMs)
        return try await settle(missing) { () async throws(StoreError) in
            try await services.store.write(as: caller.actor, requestID: requestID) {
                writing throws(StoreError) in
                try stands(caller, writing.reading, nowMs: nowMs) ? try body(writing) : nil
            }
        }
    }

    /// The result of a transaction, or a problem; the transaction gives nil when the tenant is no longer valid.
    private func settle<T>(
        _ missing: Problem,
        _ transact: () async throws(StoreError) -> T?
    ) async throws(Problem) -> T {
        let outcome: T?
        do throws(StoreError) { outcome = try await transact() } catch {
            throw problem(error, missing: missing)
        }
        guard let outcome else { throw .credentialEnded }
        return outcome
    }

    /// The problem for a refusal or failure of the store. Failures are for the operator: paths and the database's texts
    /// stay in the log.
    private func problem(_ error: StoreError, missing: Problem) -> Problem {
        switch error.kind {
        case .rejected(.notFound): return missing
        case .rejected(.invalid): return Problem(.invalid, error.message, hint: error.hint)
        case .rejected(.conflict), .rejected(.stale):
            return Problem(.conflict, error.message, hint: error.hint)
        case .failed(.busy), .failed(.closed), .failed(.displaced):
            services.onFailure(error, requestID)
            return Problem(.unavailable, "the gateway can't do it now", hint: "try again in a moment")
        case .failed(.unavailable), .failed(.corrupt), .failed(.failed):
            services.onFailure(error, requestID)
            return Problem(
                .failed,
                "the gateway failed",
                hint: "tell its operator the request's id; the log has more under it"
            )
        }
    }
}

/// Whether the tenant is still active and the one that was authenticated: the snapshot that admitted the caller may be
/// slightly old, and a removed tenant's name may have been given to another.
private func stands(
    _ caller: PortalCaller,
    _ reading: borrowing ReadTransaction,
    nowMs: Int64
) throws(StoreError) -> Bool {
    do throws(StoreError) {
        let tenant = try reading.tenant(caller.tenant, nowMs: nowMs)
        return tenant.id == caller.entry.id && tenant.state == .active
    } catch {
        guard error.kind == .notFound else { throw error }
        return false
    }
}

extension Problem {
    fileprivate static let credentialEnded = Problem(
        .unauthenticated,
        "the key or access token is unknown, expired or revoked",
        hint: "ask the gateway's operator for a new one",
        fields: [
            ResponseField("WWW-Authenticate", "Bearer realm=\"mcp-gateway\", error=\"invalid_token\"")
        ]
    )
}
