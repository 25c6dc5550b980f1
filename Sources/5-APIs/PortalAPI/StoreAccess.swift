import HTTP
import Policy
import REST
import Store

extension Services {
    /// Reads the store for the caller's tenant.
    ///
    /// - Parameter missing: the answer when what was asked for isn't there.
    func read<T: Sendable>(
        _ call: APICall<PortalCaller>,
        missing: Problem,
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        let (caller, nowMs) = (call.caller, nowMs())
        let outcome: T?
        do throws(StoreError) {
            outcome = try await store.read { reading throws(StoreError) in
                try stands(caller, reading, nowMs: nowMs) ? try body(reading) : nil
            }
        } catch {
            throw problem(error, missing: missing, call.request.requestID)
        }
        guard let outcome else { throw .credentialEnded }
        return outcome
    }

    /// Changes the store in the caller's name, as `read`.
    func write<T: Sendable>(
        _ call: APICall<PortalCaller>,
        missing: Problem,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        let (caller, nowMs) = (call.caller, nowMs())
        let outcome: T?
        do throws(StoreError) {
            outcome = try await store.write(as: caller.actor, requestID: call.request.requestID) {
                writing throws(StoreError) in
                try stands(caller, writing.reading, nowMs: nowMs) ? try body(writing) : nil
            }
        } catch {
            throw problem(error, missing: missing, call.request.requestID)
        }
        guard let outcome else { throw .credentialEnded }
        return outcome
    }

    /// Refusals in the portal's words. Failures are the operator's: paths and the database's texts stay in the log.
    private func problem(_ error: StoreError, missing: Problem, _ requestID: String?) -> Problem {
        switch error.kind {
        case .rejected(.notFound): return missing
        case .rejected(.invalid): return Problem(.invalid, error.message, hint: error.hint)
        case .rejected(.conflict), .rejected(.stale):
            return Problem(.conflict, error.message, hint: error.hint)
        case .failed(.busy), .failed(.closed), .failed(.displaced):
            onFailure(error, requestID)
            return Problem(.unavailable, "the gateway can't do it now", hint: "try again in a moment")
        case .failed(.unavailable), .failed(.corrupt), .failed(.failed):
            onFailure(error, requestID)
            return Problem(
                .failed,
                "the gateway failed",
                hint: "tell its operator the request's id; the log has more under it"
            )
        }
    }
}

/// Whether the tenant is still the one that was authenticated, and active: the snapshot that let the caller in may be
/// a moment old, and a removed tenant's name may have been given to another.
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
