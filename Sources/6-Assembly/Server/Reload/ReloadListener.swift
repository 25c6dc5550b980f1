import Telemetry
import Control
import EventLoop
import Gateway
import Store
import Synchronization

/// Registers this server in the store, looks there for reloads that were asked for, and answers them. Any thread.
final class ReloadListener: Service {
    let name = "reloads"

    private struct State {
        /// The last reload that was seen.
        var lastID: Int64 = 0
        var isBusy = false
        var isStopped = false
    }

    private static let interval = Duration.milliseconds(250)

    private let stores: StoreService
    private let targets: TargetService
    private let loop: EventLoop
    private let log: GatewayLog
    private let reload: @Sendable () async -> ReloadReport
    private let state = Locked(State())
    private let server = ServerProcess.own

    init(
        _ context: GatewayContext,
        _ stores: StoreService,
        _ targets: TargetService,
        reload: @escaping @Sendable () async -> ReloadReport
    ) {
        self.stores = stores
        self.targets = targets
        loop = context.control
        log = context.log.module(.config)
        self.reload = reload
    }

    /// Answers requests that come from now on: earlier ones came before this process read its settings, and need no
    /// reload.
    func open() async throws(StartFailure) {
        let place = ServerPlace(server: server, localLambda: targets.local?.listener)
        do throws(StoreError) {
            let last = try await stores.store.write(as: .system) { writing throws(StoreError) in
                for other in try writing.reading.serverPlaces() where ServerProcess.hasEnded(other) {
                    try writing.removeServer(other.server)
                }
                try writing.enterServer(place)
                return try writing.reading.lastReloadID()
            }
            state.withLock { $0.lastID = last }
        } catch {
            throw StartFailure("store: \(error)")
        }
        scheduleNext()
    }

    func drain(until deadline: ContinuousClock.Instant) async { await stop() }

    /// Answers no further request.
    func stop() async {
        let wasStopped = state.withLock { exchange(&$0.isStopped, with: true) }
        if wasStopped { return }
        let server = server
        // If the store can't be written, the row stays there, for a server that has ended.
        try? await stores.store.write(as: .system) { writing throws(StoreError) in
            try writing.removeServer(server)
        }
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

    /// One reload answers all requests that came meanwhile.
    private func look() async {
        let (known, server, store) = (state.withLock { $0.lastID }, server, stores.store)
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
            // A store that can't be read is reported by its watcher; here it only makes whoever asked wait longer.
            if error.kind != .closed {
                log.write(.debug, "reloads can't be looked for", [("error", "\(error)")])
            }
        }
    }
}
