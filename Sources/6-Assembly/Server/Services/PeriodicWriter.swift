import EventLoop
import Gateway
import Policy
import RateLimit
import Store
import Synchronization
import Telemetry

/// Writes the server's counts into the store, every second and at shutdown: usage, quota counts, the keys' last use and
/// refused authentications. Also expires subscriptions whose time is over. Any thread.
///
/// A killed process loses what was counted since the last flush. Counts that can't be stored are kept for the next one.
final class PeriodicWriter: Service {
    let name = "writer"
    let startingWords = "the counts of quotas are being read"

    private struct State {
        var endpoints: [LoopBound<AgentEndpoint>] = []
        var isStopped = false
        /// Usage that isn't stored yet.
        var usage = UsageReport()
        /// Rows of refused authentications that the store didn't take.
        var refused: [RefusalTally.Row] = []
        /// The time up to which all due subscriptions are expired; milliseconds since 1970.
        var expiryCheckedMs: Int64 = .min
        /// The day on which old quota counts and ended sessions were last forgotten.
        var forgottenOn: UInt32?
        /// Whether the last flush failed: a failure is logged once.
        var isFailing = false
        /// The hour since 1970 up to which minutes were folded and old usage forgotten.
        var foldedUntil: Int64?
        var isFoldFailing = false
    }

    static let interval = Duration.seconds(1)
    /// The most subjects that wait while the store can't be written; beyond them, usage is merged into coarser
    /// subjects.
    private static let pendingMax = 20_000
    /// The most slices that a flush folds; each is a transaction of its own.
    private static let foldsMax = 10

    private let stores: StoreService
    private let publisher: StatePublisher
    private let refusals: RefusalLog
    private let metrics: GatewayMetrics
    private let loop: EventLoop
    private let log: GatewayLog
    private let failing: Gauge
    private let budgets = BudgetWatch()
    private let state = Locked(State())

    init(_ context: GatewayContext, _ stores: StoreService) {
        self.stores = stores
        publisher = context.publisher
        refusals = context.refusals
        metrics = context.metrics
        loop = context.control
        log = context.log.module(.store)
        failing = context.metrics.storeFailing
    }

    /// Continues from the store's quota counts.
    func start() async throws(StartFailure) {
        do throws(StoreError) { try await restore() } catch { throw StartFailure("store: \(error)") }
    }

    /// Adds a loop's endpoint to those whose usage is collected.
    func add(_ endpoint: LoopBound<AgentEndpoint>) {
        state.withLock { $0.endpoints.append(endpoint) }
    }

    /// Adds the quota counts that the store has from before this process started, for every period that it keeps, as
    /// the clock may be corrected later. Deletes nothing: this early the clock may still be wrong. Must run before any
    /// call.
    private func restore() async throws(StoreError) {
        let rows = try await stores.store.read { reading throws(StoreError) in try reading.quotaUsage() }
        publisher.current.limits.restore(rows)
        budgets.begin(publisher.current, nowMs: WallClock.nowMs())
    }

    /// Waits for the calls under way on all loops. The loops must run.
    /// - Returns: whether they ended in time.
    func finishCalls(within limit: Duration) async -> Bool {
        let endpoints = state.withLock { $0.endpoints }
        return await withTaskGroup(of: Bool.self) { group in
            for endpoint in endpoints {
                group.addTask { await endpoint.run { await $0.finishCalls(within: limit) } }
            }
            return await group.reduce(true) { $0 && $1 }
        }
    }

    /// Begins to flush every second.
    func open() async throws(StartFailure) { scheduleNext() }

    /// Flushes for the last time. The loops must run and have no call under way.
    func stop() async {
        state.withLock { $0.isStopped = true }
        await flush()
    }

    private func scheduleNext() {
        loop.execute { [self] in
            let timer = LoopTimer { [weak self] in
                guard let self, !state.withLock({ $0.isStopped }) else { return }
                Task.detached {
                    await self.flush()
                    self.scheduleNext()
                }
            }
            loop.arm(timer, after: Self.interval)
        }
    }

    private func flush() async {
        publisher.freeRetired()
        let nowMs = WallClock.nowMs()
        let usage = await collect()
        let quotas = publisher.current.limits.drainQuotas()
        let refused =
            state.withLock { state in
                let waiting = state.refused
                state.refused = []
                return waiting
            } + refusals.due(nowMs: nowMs)
        let mayExpire = mayExpire(nowMs)
        let today = QuotaPeriod.day.number(atMs: nowMs)
        let mayForget = state.withLock { $0.forgottenOn != today }
        if !usage.isEmpty || !quotas.isEmpty || !refused.isEmpty || mayExpire || mayForget {
            await flush(usage, quotas, refused, mayExpire: mayExpire, mayForget: mayForget, nowMs: nowMs)
        }
        budgets.look(at: publisher.current, nowMs: nowMs, log: log)
        await fold(nowMs: nowMs)
    }

    private func flush(
        _ usage: UsageReport,
        _ quotas: [QuotaUsage],
        _ refused: [RefusalTally.Row],
        mayExpire: Bool,
        mayForget: Bool,
        nowMs: Int64
    ) async {
        do throws(StoreError) {
            let totals = try await stores.store.write(as: .system) { writing throws(StoreError) in
                try writing.addUsage(UsageReport.deltas(usage))
                try writing.recordKeyUse(usage.lastUseMs.map { KeyUse(keyID: $0.key, atMs: $0.value) })
                try writing.addQuotaUsage(quotas)
                try writing.recordRefusals(refused.map { Store::RefusedAuthentication($0) })
                if mayExpire { _ = try writing.expireSubscriptions() }
                if mayForget {
                    try QuotaRetention.apply(to: writing, nowMs: nowMs)
                    try writing.forgetEndedSessions(nowMs: nowMs)
                }
                return try writing.reading.quotaUsage(of: quotas)
            }
            publisher.current.limits.learn(totals)
            let wasFailing = state.withLock { state in
                if mayExpire { state.expiryCheckedMs = nowMs }
                state.forgottenOn = QuotaPeriod.day.number(atMs: nowMs)
                return exchange(&state.isFailing, with: false)
            }
            failing.set(0)
            if wasFailing { log.write(.info, "usage is stored again, with all that was kept") }
            tellMerged(usage)
        } catch {
            keep(usage, quotas, refused)
            failing.set(1)
            let wasFailing = state.withLock { exchange(&$0.isFailing, with: true) }
            if wasFailing { return }
            log.write(
                .error,
                "usage could not be stored, it is kept and tried every second",
                [("error", "\(error)")]
            )
        }
    }

    /// Everything that the loops counted, and the usage that wasn't stored before.
    private func collect() async -> UsageReport {
        let (endpoints, waiting) = state.withLock { state in
            let waiting = state.usage
            state.usage = UsageReport()
            return (state.endpoints, waiting)
        }
        var usage = waiting
        for endpoint in endpoints { usage.add(await endpoint.run { $0.drainUsage() }) }
        return usage
    }

    private func keep(
        _ usage: UsageReport,
        _ quotas: [QuotaUsage],
        _ refused: [RefusalTally.Row]
    ) {
        publisher.current.limits.owe(quotas)
        state.withLock { state in
            // Enough for some hours, as the rows come once a minute.
            state.refused = Array(refused.prefix(10_000))
            state.usage.add(usage)
            state.usage.coarsen(to: Self.pendingMax)
        }
    }

    /// Logs that calls were counted without their keys and tools. Sums of money don't need those, but searches do.
    private func tellMerged(_ usage: UsageReport) {
        guard usage.mergedCalls > 0 else { return }
        metrics.usageMerged.add(UInt64(usage.mergedCalls))
        log.write(
            .warning,
            "more tools and keys were called in a second than usage tells apart: these calls are their tenants' alone",
            [("calls", "\(usage.mergedCalls)")]
        )
    }

    /// Adds the minutes of past hours to those hours and days, and forgets usage that is too old. Does a few slices
    /// each second, each in a transaction of its own, until none is left. Once an hour.
    private func fold(nowMs: Int64) async {
        let hour = nowMs / 3_600_000
        if state.withLock({ $0.foldedUntil == hour }) { return }
        do throws(StoreError) {
            for _ in 0..<Self.foldsMax {
                let hasMore = try await stores.store.write(as: .system) { writing throws(StoreError) in
                    if try writing.foldUsage(nowMs: nowMs) { return true }
                    return try writing.forgetUsage(nowMs: nowMs)
                }
                if hasMore { continue }
                state.withLock { state in
                    state.foldedUntil = hour
                    state.isFoldFailing = false
                }
                return
            }
        } catch {
            // The minutes stay as they are, and every sum includes them.
            let wasFailing = state.withLock { exchange(&$0.isFoldFailing, with: true) }
            if wasFailing { return }
            log.write(
                .error,
                "usage could not be summed up by the hour, it is tried every second",
                [("error", "\(error)")]
            )
        }
    }

    /// Whether a subscription's time has run out since the last check.
    private func mayExpire(_ nowMs: Int64) -> Bool {
        let checkedMs = state.withLock { $0.expiryCheckedMs }
        guard let next = publisher.current.snapshot.nextExpiry(afterMs: checkedMs) else { return false }
        return next <= nowMs
    }
}

/// How long quota counts are kept.
///
/// A period is dropped when it ended 40 days ago by the clock and 40 newer periods are stored. So a clock that is wrong
/// for a while, in either direction, costs no count that still decides anything.
private enum QuotaRetention {
    static let days = 40

    static func apply(to writing: borrowing WriteTransaction, nowMs: Int64) throws(StoreError) {
        let endMs = nowMs - Int64(days) * 86_400_000
        for kind in QuotaKind.allCases {
            try writing.dropQuotaUsage(
                of: kind.prefix,
                before: kind.text(of: kind.period.number(atMs: endMs)),
                keepingNewest: days
            )
        }
    }
}

extension UsageReport {
    /// The report in the form that the store takes.
    fileprivate static func deltas(_ report: UsageReport) -> [UsageDelta] {
        report.figures.map { subject, figures in
            UsageDelta(
                minute: subject.minute,
                tenantID: subject.tenantID,
                keyID: subject.keyID,
                target: subject.target,
                tool: subject.tool,
                outcome: subject.outcome,
                figures: figures
            )
        }
    }
}

extension Store::RefusedAuthentication {
    fileprivate init(_ row: RefusalTally.Row) {
        self.init(
            address: row.first.address ?? "many",
            reason: row.first.reason,
            keyPrefix: row.first.keyPrefix,
            count: row.count
        )
    }
}
