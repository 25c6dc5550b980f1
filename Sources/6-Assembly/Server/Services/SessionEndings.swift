import EventLoop
import Gateway
import Policy
import Store
import Synchronization
import Telemetry

/// Writes the ends of sessions into the store, and waits until they are in force in every server on it. Any thread.
///
/// What is asked for during a write goes into the next one, so however many sessions end at once, there is one
/// transaction at a time.
final class SessionEndings: SessionEnding {
    /// The most sessions that may wait for their end.
    static let waitingMax = 1_024

    private struct Waiting {
        let session: SessionMark
        let continuation: CheckedContinuation<SessionEndOutcome, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    private let store: Store
    private let bounds: EndedSessionBounds
    private let log: GatewayLog
    private let inForce: @Sendable () async -> String?
    private let state = Locked(State())

    /// - Parameter inForce: waits until all earlier commits are in force everywhere; returns a note if that takes too
    ///   long.
    init(
        store: Store,
        bounds: EndedSessionBounds = EndedSessionBounds(),
        log: GatewayLog,
        inForce: @escaping @Sendable () async -> String?
    ) {
        self.store = store
        self.bounds = bounds
        self.log = log
        self.inForce = inForce
    }

    func end(_ session: SessionMark) async -> SessionEndOutcome {
        await withCheckedContinuation { continuation in
            let (isFull, mustBegin) = state.withLock { state in
                if state.waiting.count >= Self.waitingMax { return (true, false) }
                state.waiting.append(Waiting(session: session, continuation: continuation))
                return (false, !exchange(&state.isWriting, with: true))
            }
            if isFull { continuation.resume(returning: .unavailable) }
            if mustBegin { Task.detached { await self.writeAll() } }
        }
    }

    private func writeAll() async {
        while true {
            let batch = state.withLock { state in
                let batch = state.waiting
                state.waiting = []
                if batch.isEmpty { state.isWriting = false }
                return batch
            }
            if batch.isEmpty { return }
            let outcomes = await write(batch.map { $0.session })
            for (waiting, outcome) in zip(batch, outcomes) { waiting.continuation.resume(returning: outcome) }
        }
    }

    private func write(_ sessions: [SessionMark]) async -> [SessionEndOutcome] {
        let bounds = bounds
        do throws(StoreError) {
            let ended = try await store.write(as: .system) { writing throws(StoreError) in
                try writing.endSessions(sessions, within: bounds)
            }
            if let late = await inForce() {
                log.write(.warning, "a session's end is not in force everywhere yet", [("note", late)])
            }
            return ended.map { $0 ? .ended : .full }
        } catch {
            log.write(.error, "sessions could not be ended", [("error", "\(error)")])
            return sessions.map { _ in .unavailable }
        }
    }
}
