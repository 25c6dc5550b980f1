import AdminAPI
import Calendar
import Config
import Control
import EventLoop
import Gateway
import Model
import Store
import Synchronization
import Telemetry

/// Runs each discovery at its own interval, and less often while it fails. Any thread; the work is done on Swift's
/// pool, the timers are the control loop's.
final class Discoverer: Sendable {
    private struct State {
        var entries: [GatewayConfig.Discovery] = []
        /// Counts reloads: a timer that an older one set does nothing.
        var generation = 0
        var isStopped = false
        /// [discovery's name] → the number of failures before its first success; nil after that success.
        var firstFailures: [String: Int?] = [:]
    }

    private let run: DiscoveryRun
    private let loop: EventLoop
    private let log: GatewayLog
    private let metrics: DiscoveryMetrics
    /// Reads the tools of a target whose function lists them itself.
    private let refresh: @Sendable (TargetName) -> Void
    private let chance: @Sendable () -> Double
    private let state = Locked(State())
    private let turns = DiscoveryTurns()

    init(
        _ run: DiscoveryRun,
        loop: EventLoop,
        log: GatewayLog,
        metrics: DiscoveryMetrics,
        refresh: @escaping @Sendable (TargetName) -> Void,
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.run = run
        self.loop = loop
        self.log = log
        self.metrics = metrics
        self.refresh = refresh
        self.chance = chance
    }

    /// The discoveries in the current settings.
    var entries: [GatewayConfig.Discovery] { state.withLock { $0.entries } }

    /// Replaces the discoveries, and runs each that is new or changed.
    /// - Returns: the tasks of those runs.
    @discardableResult
    func use(_ entries: [GatewayConfig.Discovery]) -> [Task<Void, Never>] {
        let (old, generation) = state.withLock { state in
            defer {
                state.entries = entries
                state.generation += 1
            }
            return (state.entries, state.generation + 1)
        }
        metrics.retain(only: Set(entries.map { $0.name }))
        var looks: [Task<Void, Never>] = []
        for entry in entries where entry.interval > .zero || entry.isFromEnvironment {
            if old.contains(entry) {
                let failures = state.withLock { ($0.firstFailures[entry.name] ?? nil) ?? 0 }
                wait(entry, failures: failures, isFirst: failures > 0, generation)
            } else {
                looks.append(Task.detached { await self.look(entry, generation) })
            }
        }
        return looks
    }

    /// No run begins from now on; one that is under way ends by its deadline.
    func stop() { state.withLock { $0.isStopped = true } }

    private func look(_ entry: GatewayConfig.Discovery, _ generation: Int) async {
        guard isCurrent(generation) else { return }
        guard let failures = await apply(entry) else { return }
        let firstFailures = state.withLock { state -> Int? in
            if failures == 0 { state.firstFailures[entry.name] = .some(nil) }
            guard let before = state.firstFailures[entry.name, default: 0] else { return nil }
            state.firstFailures[entry.name] = before + 1
            return before + 1
        }
        wait(entry, failures: firstFailures ?? failures, isFirst: firstFailures != nil, generation)
    }

    /// Whether the settings still hold exactly this discovery: the result of an earlier one is no longer stored.
    private func isInForce(_ entry: GatewayConfig.Discovery) -> Bool {
        state.withLock { !$0.isStopped && $0.entries.contains(entry) }
    }

    private func isCurrent(_ generation: Int) -> Bool {
        state.withLock { !$0.isStopped && $0.generation == generation }
    }

    private func wait(_ entry: GatewayConfig.Discovery, failures: Int, isFirst: Bool, _ generation: Int) {
        let schedule = DiscoverySchedule(interval: entry.interval)
        guard let pause = schedule.pause(afterFailures: failures, isFirst: isFirst, chance: chance()) else {
            return
        }
        loop.execute { [self] in
            let timer = LoopTimer { [weak self] in
                guard let self, isCurrent(generation) else { return }
                Task.detached { await self.look(entry, generation) }
            }
            loop.arm(timer, after: pause)
        }
    }

    /// - Returns: how many runs in a row have failed; nil when the settings dropped the discovery meanwhile.
    private func apply(_ entry: GatewayConfig.Discovery) async -> Int? {
        do throws(StoreError) {
            let report = try await turns.alone(entry.name) { () async throws(StoreError) in
                try await run.apply(entry) { isInForce(entry) }
            }
            if report.isAbandoned { return nil }
            note(report)
            metrics.ended(entry.name, isError: report.error != nil, atMs: WallClock.nowMs())
            for name in report.unread { refresh(name) }
            return report.failureCount
        } catch {
            log.write(
                .error,
                "a discovery can't be stored",
                [("discovery", entry.name), ("error", "\(error)")]
            )
            metrics.ended(entry.name, isError: true, atMs: WallClock.nowMs())
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
                "more than half of the functions weren't found; this is confirmed before they are removed",
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
    /// Runs a discovery for an operator.
    func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report {
        let entry = order.discovery
        // A discovery that the request itself describes isn't subject to the settings.
        let isOfSettings = entries.contains(entry)
        guard order.applies else { return try await run.report(order, as: actor, requestID: requestID) }
        let report = try await turns.alone(entry.name) { () async throws(StoreError) in
            try await run.report(order, as: actor, requestID: requestID) { !isOfSettings || isInForce(entry) }
        }
        if report.isAbandoned {
            throw StoreError(
                .conflict,
                "the settings of the discovery \(entry.name) changed while functions were looked for",
                hint: "look again"
            )
        }
        return report
    }
}

/// Does the refreshes and discoveries that an operator asks for through a server's admin API.
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
