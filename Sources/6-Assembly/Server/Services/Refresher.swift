import AdminAPI
import Calendar
import Config
import Control
import EventLoop
import Gateway
import Model
import OTLP
import Store
import Synchronization
import Telemetry

/// Keeps the catalog fresh: at start, on a schedule with jitter, and when asked. Any thread. The schedule asks a
/// failing target less and less often.
///
/// At most one round runs at a time; a request during a round leads to one more after it.
final class Refresher: Sendable {
    private struct State {
        var isRunning = false
        /// The round that follows the running one.
        var next: CatalogRefresh.Round?
        var isStopped = false
    }

    private let catalog: CatalogRefresh
    private let inquiry: ToolInquiry
    private let schedule: GatewayConfig.Refresh
    private let metrics: GatewayMetrics
    private let log: GatewayLog
    private let traces: TraceService?
    private let loop: EventLoop
    private let state = Locked(State())

    init(
        store: Store::Store,
        source: any ToolSource,
        config: GatewayConfig,
        loop: EventLoop,
        metrics: GatewayMetrics,
        log: GatewayLog,
        traces: TraceService? = nil
    ) {
        self.traces = traces
        catalog = CatalogRefresh(store: store, source: source, configuration: .init(config))
        inquiry = ToolInquiry(
            source: source,
            timeout: config.refresh.timeout,
            toolNameMax: config.defaults.toolNameMax
        )
        schedule = config.refresh
        self.loop = loop
        self.metrics = metrics
        self.log = log
    }

    /// Begins the schedule.
    func start() {
        if schedule.onStart { refreshSoon(.all) }
        if schedule.interval > .zero { scheduleNext() }
    }

    private func scheduleNext() {
        let jitterMs = Int(schedule.jitter.milliseconds)
        let delay = schedule.interval + .milliseconds(jitterMs > 0 ? Int.random(in: 0...jitterMs) : 0)
        loop.execute { [self] in
            let timer = LoopTimer { [weak self] in
                guard let self, !state.withLock({ $0.isStopped }) else { return }
                refreshSoon()
                scheduleNext()
            }
            loop.arm(timer, after: delay)
        }
    }

    /// Refreshes the targets of a round, now or after the running round.
    func refreshSoon(_ round: CatalogRefresh.Round = .due) {
        let mayStart = state.withLock { state in
            if state.isStopped { return false }
            if state.isRunning {
                if state.next != .all { state.next = round }
                return false
            }
            state.isRunning = true
            return true
        }
        if mayStart { Task.detached { await self.run(from: round) } }
    }

    /// Refreshes one target whose files have changed; the caller reports the outcome. nil after `stop`.
    /// - Throws: as `CatalogRefresh.run`.
    func refreshQuietly(_ name: TargetName) async throws(StoreError) -> CatalogRefresh.Report? {
        guard !state.withLock({ $0.isStopped }) else { return nil }
        return try await catalog.run(.asked(name)) { [self] progress in
            if case .finished(let report) = progress { note(report, isQuiet: true) }
        }.first
    }

    /// No refresh begins from now on; one that is under way ends by its deadline.
    func stop() { state.withLock { $0.isStopped = true } }

    private func run(from first: CatalogRefresh.Round) async {
        var round: CatalogRefresh.Round? = first
        while let current = round {
            await run(current)
            round = state.withLock { state in
                let next = state.isStopped ? nil : state.next
                state.next = nil
                if next == nil { state.isRunning = false }
                return next
            }
        }
    }

    private func run(_ round: CatalogRefresh.Round) async {
        do throws(StoreError) {
            _ = try await catalog.run(round) { [self] progress in
                if case .finished(let report) = progress { note(report) }
            }
        } catch {
            log.write(.error, "the refresh ended early", [("error", "\(error)")])
        }
    }

    /// - Parameter isQuiet: whether the caller logs the outcome; faults of tools are logged here in any case.
    private func note(_ report: CatalogRefresh.Report, isQuiet: Bool = false) {
        let isError = report.error != nil
        metrics.refreshes.counter([report.name, isError ? "failed" : "ok"]).add()
        metrics.refreshTimes.ended(report.name, atMs: WallClock.nowMs(), tookMs: report.durationMs)
        let tookNs = UInt64(clamping: report.durationMs) &* 1_000_000
        metrics.operations.listed(isError: isError, nanoseconds: tookNs)
        traces?.note(TracedWork(report, endUs: WallClock.nowMs() * 1_000))
        if let error = report.error {
            if isQuiet { return }
            return log.write(
                .warning,
                "refresh failed, the last good tools stay",
                [("target", report.name), ("error", "\(error)"), ("failures", "\(report.failureCount)")]
                    + (report.pause.map { [("next_s", "\($0.components.seconds)")] } ?? [])
            )
        }
        for tool in report.newlyRefused {
            log.write(
                .warning,
                "tool refused",
                [
                    ("target", report.name), ("tool", tool.name), ("member", tool.member),
                    ("reason", tool.reason),
                ]
            )
        }
        for tool in report.newlyNoted {
            log.write(
                .warning,
                "something is to be said of a tool",
                [
                    ("target", report.name), ("tool", tool.name), ("member", tool.note.member),
                    ("note", tool.note.description),
                ]
            )
        }
        let counts = report.counts
        let isNews = counts.added + counts.updated + counts.removed > 0
        log.write(
            isNews && !isQuiet ? .info : .debug,
            "refreshed",
            [
                ("target", report.name), ("added", "\(counts.added)"), ("updated", "\(counts.updated)"),
                ("removed", "\(counts.removed)"), ("unchanged", "\(counts.unchanged)"),
                ("duration_ms", "\(report.durationMs)"),
            ]
        )
    }
}

/// Refreshes that an operator asks for through the admin API. A refresh of one target doesn't wait for one of all.
extension Refresher {
    func refresh(_ name: TargetName?) async throws(StoreError) -> [CatalogRefresh.Report] {
        try await catalog.run(.asked(name)) { [self] progress in
            if case .finished(let report) = progress { note(report) }
        }
    }

    func refreshSoon(_ name: TargetName) {
        guard !state.withLock({ $0.isStopped }) else { return }
        Task.detached { await self.run(.asked(name)) }
    }

    func test(
        _ target: TargetRecord,
        _ request: TrialRequest
    ) async throws(ModelFault) -> TargetTrial {
        try await inquiry.trial(of: target, request)
    }
}
