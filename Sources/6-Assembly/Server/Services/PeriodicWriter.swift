import EventLoop
import Gateway
import Policy
import RateLimit
import Store
import Synchronization
import Telemetry

/// Writes into the store what the server counts, every second and at the end: usage, quota counts, the keys' last use,
/// refused authentications, and subscriptions whose time is over. Any thread.
///
/// A killed process loses what was counted since the last flush. What can't be stored is kept and tried again.
final class PeriodicWriter: Service {
    let name = "writer"
    let startingWords = "the counts of quotas are being read"

    private struct State {
        var endpoints: [LoopBound<AgentEndpoint>] = []
        var isStopped = false
        /// Not stored yet.
        var usage = UsageReport()
        /// Rows of refused authentications that the store didn't take.
        var refused: [RefusalTally.Row] = []
        /// Until when subscriptions are known not to expire; milliseconds since 1970.
        var expiryCheckedMs: Int64 = .min
        /// The day on which old quota counts were last forgotten.
        var forgottenOn: UInt32?
        /// Whether the last flush failed: it is told once.
        var isFailing = false
        /// The hour since 1970 up to which minutes were folded, and what is too old forgotten.
        var foldedUntil: Int64?
        var isFoldFailing = false
    }

    static let interval = Duration.seconds(1)
    /// Subjects that may wait for a store that can't be written; of more, less is told apart.
    private static let pendingMax = 20_000
    /// Slices of a fold at each flush: a second's flush waits for one at most.
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

    /// Goes on where the store's quota counts are.
    func start() async throws(StartFailure) {
        do throws(StoreError) { try await restore() } catch { throw StartFailure("store: \(error)") }
    }

    /// Adds a loop's endpoint to those whose usage is collected.
    func add(_ endpoint: LoopBound<AgentEndpoint>) {
        state.withLock { $0.endpoints.append(endpoint) }
    }

    /// Adds what the store counted for quotas before this process started, in every period that it keeps: the clock may
    /// be put right later. Nothing is deleted here, where the clock has had no time to be. Before any call.
    private func restore() async throws(StoreError) {
        let rows = try await stores.store.read { reading throws(StoreError) in try reading.quotaUsage() }
        publisher.current.limits.restore(rows)
        budgets.begin(publisher.current, nowMs: WallClock.nowMs())
    }

    /// Waits for the calls that are under way on all loops; whether they ended in time. The loops must run.
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

    /// Flushes for the last time. The loops must have nothing under way any more, and must run.
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
                if mayForget { try QuotaRetention.apply(to: writing, nowMs: nowMs) }
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

    /// Everything that the loops counted, and what waits from before.
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
            // Some hours' worth: they come a minute at a time.
            state.refused = Array(refused.prefix(10_000))
            state.usage.add(usage)
            state.usage.coarsen(to: Self.pendingMax)
        }
    }

    /// Says when calls were counted without their keys and tools, which a sum of money can do without and a search can't.
    private func tellMerged(_ usage: UsageReport) {
        guard usage.mergedCalls > 0 else { return }
        metrics.usageMerged.add(UInt64(usage.mergedCalls))
        log.write(
            .warning,
            "more tools and keys were called in a second than usage tells apart: these calls are their tenants' alone",
            [("calls", "\(usage.mergedCalls)")]
        )
    }

    /// Adds the minutes of hours that are over to those hours and days, and forgets what is too old: a few slices each
    /// second, each a transaction of its own, until there are no more. Once an hour.
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
            // The minutes stay, and are in every sum as they are.
            let wasFailing = state.withLock { exchange(&$0.isFoldFailing, with: true) }
            if wasFailing { return }
            log.write(
                .error,
                "usage could not be summed up by the hour, it is tried every second",
                [("error", "\(error)")]
            )
        }
    }

    /// Whether a subscription's time ran out since the last look.
    private func mayExpire(_ nowMs: Int64) -> Bool {
        let checkedMs = state.withLock { $0.expiryCheckedMs }
        guard let next = publisher.current.snapshot.nextExpiry(afterMs: checkedMs) else { return false }
        return next <= nowMs
    }
}

/// How long the counts of quotas are kept.
///
/// A period goes when it ended 40 days ago by the clock and 40 newer periods are stored, so that a clock which is wrong
/// for a while, in either direction, costs no count that decides something.
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
    /// The report as the store takes it.
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
