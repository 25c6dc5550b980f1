import AdminAPI
import Calendar
import Config
import Control
import EventLoop
import Gateway
import Model
import Store
import Synchronization

/// Looks for functions on a schedule: each discovery at its own interval, and less often while it fails. Any thread; the
/// work is done on Swift's pool, the timers are the control loop's.
final class Discoverer: Sendable {
    private struct State {
        var entries: [GatewayConfig.Discovery] = []
        /// Counts reloads: a timer of an older one does nothing.
        var generation = 0
        var isStopped = false
    }

    private let run: DiscoveryRun
    private let loop: EventLoop
    private let log: GatewayLog
    /// Has a target's tools read that its function lists itself.
    private let refresh: @Sendable (TargetName) -> Void
    private let chance: @Sendable () -> Double
    private let state = Locked(State())

    init(
        _ run: DiscoveryRun,
        loop: EventLoop,
        log: GatewayLog,
        refresh: @escaping @Sendable (TargetName) -> Void,
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.run = run
        self.loop = loop
        self.log = log
        self.refresh = refresh
        self.chance = chance
    }

    /// What the settings say now.
    var entries: [GatewayConfig.Discovery] { state.withLock { $0.entries } }

    /// Takes these in place of those before, and looks at each that is new or changed.
    func use(_ entries: [GatewayConfig.Discovery]) {
        let (old, generation) = state.withLock { state in
            defer {
                state.entries = entries
                state.generation += 1
            }
            return (state.entries, state.generation + 1)
        }
        for entry in entries where entry.interval > .zero || entry.isFromEnvironment {
            if old.contains(entry) {
                wait(entry, failures: 0, generation)
            } else {
                Task.detached { await self.look(entry, generation) }
            }
        }
    }

    /// Looks at all of them once; returns when that is done.
    func lookAtAll(_ entries: [GatewayConfig.Discovery]) async {
        state.withLock { $0.entries = entries }
        await withTaskGroup(of: Void.self) { group in
            for entry in entries {
                group.addTask { _ = await self.apply(entry) }
            }
        }
    }

    /// Takes them as looked at: the next look comes after their intervals.
    func schedule(_ entries: [GatewayConfig.Discovery]) {
        let generation = state.withLock { state in
            state.entries = entries
            state.generation += 1
            return state.generation
        }
        for entry in entries where entry.interval > .zero { wait(entry, failures: 0, generation) }
    }

    /// No look begins from now on; one that runs is left to its deadline.
    func stop() { state.withLock { $0.isStopped = true } }

    private func look(_ entry: GatewayConfig.Discovery, _ generation: Int) async {
        guard isCurrent(generation) else { return }
        let failures = await apply(entry)
        wait(entry, failures: failures, generation)
    }

    private func isCurrent(_ generation: Int) -> Bool {
        state.withLock { !$0.isStopped && $0.generation == generation }
    }

    private func wait(_ entry: GatewayConfig.Discovery, failures: Int, _ generation: Int) {
        let schedule = DiscoverySchedule(interval: entry.interval)
        guard let pause = schedule.pause(afterFailures: failures, chance: chance()) else { return }
        loop.execute { [self] in
            let timer = LoopTimer { [weak self] in
                guard let self, isCurrent(generation) else { return }
                Task.detached { await self.look(entry, generation) }
            }
            loop.arm(timer, after: pause)
        }
    }

    /// - Returns: how many looks in a row have failed.
    private func apply(_ entry: GatewayConfig.Discovery) async -> Int {
        do throws(StoreError) {
            let report = try await run.apply(entry)
            note(report)
            for name in report.unread { refresh(name) }
            return report.failureCount
        } catch {
            log.write(
                .error,
                "a discovery can't be stored",
                [("discovery", entry.name), ("error", "\(error)")]
            )
            return 1
        }
    }

    private func note(_ report: DiscoveryRun.Report) {
        let plan = report.plan
        if let error = report.error {
            log.write(
                .warning,
                "a discovery failed, what it found before stays",
                [("discovery", plan.name), ("error", error), ("failures", "\(report.failureCount)")]
            )
        }
        var counts: [String: Int] = [:]
        for function in plan.functions { counts[function.state.word, default: 0] += 1 }
        let isNews = ["new", "changed", "removed"].contains { counts[$0] != nil }
        if plan.isDoubted, counts["missing"] != nil {
            log.write(
                .warning,
                "more than half of the functions weren't found, which isn't believed at once",
                [("discovery", plan.name), ("missing", "\(counts["missing"] ?? 0)")]
            )
        }
        log.write(
            isNews ? .info : .debug,
            "functions were looked for",
            [("discovery", plan.name)] + counts.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        )
    }
}

extension Discoverer {
    /// What an operator asks for.
    func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report {
        try await run.report(order, as: actor, requestID: requestID)
    }
}

/// What an operator asks for through the admin API of a server.
struct ServerInquiry: CatalogInquiry {
    let refresher: Refresher
    let discoverer: Discoverer

    var discoveries: [GatewayConfig.Discovery] { discoverer.entries }

    func refresh(_ name: TargetName?) async throws(StoreError) -> [CatalogRefresh.Report] {
        try await refresher.refresh(name)
    }

    func refreshSoon(_ name: TargetName) { refresher.refreshSoon(name) }

    func test(
        _ target: TargetRecord,
        _ request: TrialRequest
    ) async throws(ModelFault) -> TargetTrial {
        try await refresher.test(target, request)
    }

    func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report {
        try await discoverer.discover(order, as: actor, requestID: requestID)
    }
}
