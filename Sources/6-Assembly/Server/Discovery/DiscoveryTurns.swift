import Locks
import Store
import Synchronization

/// Lets one run at a time plan and store under a discovery's name; the others wait in order. Any thread.
final class DiscoveryTurns: Sendable {
    /// [name] → the runs that wait; nil for a name without a run.
    private let waiting = Locked<[String: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `body` once all earlier runs under this name have ended.
    func alone<Outcome: Sendable>(
        _ name: String,
        _ body: @Sendable () async throws(StoreError) -> Outcome
    ) async throws(StoreError) -> Outcome {
        await begin(name)
        defer { end(name) }
        return try await body()
    }

    private func begin(_ name: String) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[name] != nil else {
                    waiting[name] = []
                    return true
                }
                waiting[name]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func end(_ name: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard var others = waiting[name], !others.isEmpty else {
                waiting[name] = nil
                return nil
            }
            let next = others.removeFirst()
            waiting[name] = others
            return next
        }
        next?.resume()
    }
}
