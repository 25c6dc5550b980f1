import REST
import Store

extension OperationCall where Service == Services {
    var nowMs: Int64 { services.nowMs() }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        do throws(StoreError) { return try await services.store.read(body) } catch { throw Problem(error) }
    }

    /// Changes the store in the caller's name.
    ///
    /// With `dryRun=true` in the request, everything is done and then rolled back, including the audit events: the
    /// answer shows what would be.
    func write<T: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        do throws(StoreError) {
            return try await services.store.write(
                as: caller.actor,
                requestID: requestID,
                rehearse: isDryRun,
                body
            )
        } catch {
            throw Problem(error)
        }
    }
}

extension Problem {
    /// The problem for a refusal or failure of the store.
    init(_ error: StoreError) {
        let kind: Kind =
            switch error.kind {
            case .rejected(.invalid): .invalid
            case .rejected(.notFound): .notFound
            case .rejected(.conflict): .conflict
            case .rejected(.stale): .preconditionFailed
            case .failed(.busy), .failed(.closed), .failed(.displaced): .unavailable
            case .failed(.unavailable), .failed(.corrupt), .failed(.failed): .failed
            }
        self.init(kind, error.message, hint: error.hint)
    }
}
