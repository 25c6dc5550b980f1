import EventLoop
import REST
import Store
import Synchronization

extension Services {
    func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        do throws(StoreError) { return try await store.read(body) } catch { throw Problem(error) }
    }

    /// Changes the store in the caller's name.
    ///
    /// With `dryRun=true` in the request everything is done and then undone, audit and all: the answer is what would be.
    func write<T: Sendable>(
        _ call: APICall<AdminCaller>,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws(Problem) -> T {
        let isDryRun = call.isDryRun
        let rehearsed = Locked<T?>(nil)
        do throws(StoreError) {
            return try await store.write(as: call.caller.actor, requestID: call.request.requestID) {
                writing throws(StoreError) in
                let outcome = try body(writing)
                guard isDryRun else { return outcome }
                rehearsed.withLock { $0 = outcome }
                // Whatever is thrown here undoes the transaction; it goes no further.
                throw StoreError(.invalid, "a dry run changes nothing")
            }
        } catch {
            guard let outcome = rehearsed.withLock({ $0 }) else { throw Problem(error) }
            return outcome
        }
    }
}

private let dryRunName = "dryRun"

extension APICall<AdminCaller> {
    var isDryRun: Bool { flag(dryRunName) }
}

extension Parameter {
    /// What every verb that takes something away understands.
    static let dryRun = Parameter.query(
        dryRunName,
        .boolean(),
        "whether to answer what would be, and change nothing"
    )
}

extension Problem {
    /// The store's refusals and failures in an API's words.
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
