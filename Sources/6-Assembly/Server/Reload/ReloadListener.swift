import Control
import EventLoop
import Gateway
import Store
import Synchronization

/// Says in the store that this server runs, looks there for reloads that were asked for, and answers them. Any thread.
final class ReloadListener: Sendable {
    private struct State {
        /// The last reload that was seen.
        var lastID: Int64 = 0
        var isBusy = false
        var isStopped = false
    }

    private static let interval = Duration.milliseconds(250)

    private let store: Store::Store
    private let loop: EventLoop
    private let log: GatewayLog
    private let reload: @Sendable () async -> ReloadReport
    private let state = Locked(State())

    private let place: ServerPlace

    init(
        store: Store::Store,
        localLambda: String?,
        loop: EventLoop,
        log: GatewayLog,
        reload: @escaping @Sendable () async -> ReloadReport
    ) {
        self.store = store
        self.loop = loop
        self.log = log
        self.reload = reload
        place = ServerPlace(server: ServerProcess.own, localLambda: localLambda)
    }

    /// Answers what is asked for from now on: what was asked before this process read its settings is done.
    func start() async throws(StoreError) {
        let place = place
        let last = try await store.write(as: .system) { writing throws(StoreError) in
            for other in try writing.reading.serverPlaces() where ServerProcess.hasEnded(other) {
                try writing.removeServer(other.server)
            }
            try writing.enterServer(place)
            return try writing.reading.lastReloadID()
        }
        state.withLock { $0.lastID = last }
        scheduleNext()
    }

    /// Answers nobody any more. Before the store is closed.
    func stop() async {
        state.withLock { $0.isStopped = true }
        let server = place.server
        // A store that can't be written keeps the row, which then is one of a server that has ended.
        try? await store.write(as: .system) { writing throws(StoreError) in try writing.removeServer(server) }
    }

    private func scheduleNext() {
        loop.execute { [self] in
            let timer = LoopTimer { [weak self] in
                guard let self, !state.withLock({ $0.isStopped }) else { return }
                lookSoon()
                scheduleNext()
            }
            loop.arm(timer, after: Self.interval)
        }
    }

    private func lookSoon() {
        let mayLook = state.withLock { state in
            defer { state.isBusy = true }
            return !state.isBusy
        }
        guard mayLook else { return }
        Task.detached {
            await self.look()
            self.state.withLock { $0.isBusy = false }
        }
    }

    /// One reload answers all that were asked for meanwhile.
    private func look() async {
        let (known, server) = (state.withLock { $0.lastID }, place.server)
        do throws(StoreError) {
            let last = try await store.read { reading throws(StoreError) in try reading.lastReloadID() }
            guard last > known else { return }
            state.withLock { $0.lastID = last }
            let ids = max(known + 1, last - 99)...last
            try await store.write(as: .system) { writing throws(StoreError) in
                for id in ids { try writing.takeReload(id, server: server) }
            }
            let report = await reload()
            try await store.write(as: .system) { writing throws(StoreError) in
                for id in ids { try writing.answerReload(id, server: server, report: report.json) }
            }
        } catch {
            // A store that can't be read is reported by its watcher; here somebody waits for an answer.
            if error.kind != .closed { log.write(.debug, "reloads can't be looked for: \(error)") }
        }
    }
}
