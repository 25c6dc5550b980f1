import EventLoop
package import Policy
package import RateLimit

/// The counters of all limits of a snapshot, and which of them apply to a call. Any thread.
///
/// Built on the publishing thread from the previous book: a limit's counts stay with its id, whatever else changes.
/// Requests only read the book; the counts themselves are atomic.
package final class LimitBook: Sendable {
    /// A tenant's own limit, and whether narrower ones must be looked up.
    private struct TenantLimits {
        var own: Int32 = -1
        var hasTargets = false
        var hasTools = false
    }

    private let entries: [LimitEntry]
    /// In the order of `entries`.
    package let cells: [LimitCells]
    private let tenants: [TenantLimits]
    /// [key], [target] → a position in `cells`, or -1. Empty when there are none.
    private let keys: [Int32]
    private let targets: [Int32]
    private let tenantTargets: [UInt64: Int32]
    private let tenantTools: [UInt64: Int32]
    let requests: RequestCells
    /// Whether any limit has a budget.
    package let hasBudgets: Bool

    package init(
        _ snapshot: Snapshot,
        requests parameters: RateParameters,
        reusing previous: LimitBook? = nil
    ) {
        let nowNs = EventLoop.currentNs
        var known: [Int64: LimitCells] = [:]
        if let previous {
            for (entry, cells) in zip(previous.entries, previous.cells) { known[entry.id] = cells }
        }
        entries = snapshot.limits
        cells = entries.map { entry in
            known[entry.id]?.changed(to: entry.figures, nowNs: nowNs) ?? LimitCells(entry.figures)
        }
        hasBudgets = cells.contains { $0.hasBudget }
        requests = RequestCells(snapshot, parameters, reusing: previous?.requests, nowNs: nowNs)

        var tenants: [TenantLimits] = []
        var keys: [Int32] = []
        var targets: [Int32] = []
        var tenantTargets: [UInt64: Int32] = [:]
        var tenantTools: [UInt64: Int32] = [:]
        if !entries.isEmpty {
            tenants = snapshot.tenants.map { _ in TenantLimits() }
            keys = snapshot.keys.map { _ in -1 }
            targets = snapshot.targets.map { _ in -1 }
        }
        for (position, entry) in entries.enumerated() {
            let position = Int32(position)
            switch entry.scope {
            case .tenant(let tenant): tenants[tenant].own = position
            case .key(let key): keys[key] = position
            case .target(let target): targets[target] = position
            case .tenantTarget(let tenant, let target):
                tenants[tenant].hasTargets = true
                tenantTargets[Self.pair(tenant, target)] = position
            case .tenantTool(let tenant, let name):
                guard let tool = snapshot.entry(named: name) else { continue }
                tenants[tenant].hasTools = true
                tenantTools[Self.pair(tenant, tool)] = position
            }
        }
        self.tenants = tenants
        self.keys = keys
        self.targets = targets
        self.tenantTargets = tenantTargets
        self.tenantTools = tenantTools
    }

    /// Whether there is no limit at all.
    var isEmpty: Bool { cells.isEmpty }

    /// Takes one call from every limit that applies, or from none. O(1); allocates nothing when the call is allowed.
    ///
    /// A refusal's position is an index into `cells`; `scopeName` gives its word.
    /// - Parameters:
    ///   - target: the tool's target.
    ///   - estimate: the estimated cost of the call, in billionths of a US dollar; evaluated only if a budget applies.
    ///   - hold: receives what was taken from budgets; settle it when the call has ended.
    package func take(
        _ principal: Principal,
        tool: Int,
        target: Int,
        at moment: LimitMoment,
        estimate: @autoclosure () -> Int64 = 0,
        hold: inout BudgetHold
    ) -> LimitRefusal? {
        if cells.isEmpty { return nil }
        let set = set(principal, tool: tool, target: target)
        if set.count == 0 { return nil }
        guard hasBudgets, set.hasBudget(in: cells) else { return set.take(from: cells, at: moment) }
        let nanoUSD = max(1, estimate())
        if let refusal = set.take(from: cells, at: moment, nanoUSD: nanoUSD) { return refusal }
        hold = set.hold(nanoUSD, at: moment)
        return nil
    }

    /// Replaces what a call held of budgets by what it cost, and empties the hold. The book must be the one that the
    /// hold was taken from.
    @inline(__always)
    func settle(_ hold: inout BudgetHold, costNanoUSD: Int64) {
        if hold.isHeld { hold.settle(costNanoUSD, in: cells) }
    }

    /// The limits that apply to a call.
    private func set(_ principal: Principal, tool: Int, target: Int) -> LimitSet {
        var set = LimitSet()
        if let key = principal.key, keys[key] >= 0 { set.add(keys[key]) }
        let tenant = tenants[principal.tenant]
        if tenant.own >= 0 { set.add(tenant.own) }
        if tenant.hasTargets, let found = tenantTargets[Self.pair(principal.tenant, target)] {
            set.add(found)
        }
        if tenant.hasTools, let found = tenantTools[Self.pair(principal.tenant, tool)] { set.add(found) }
        if targets[target] >= 0 { set.add(targets[target]) }
        return set
    }

    /// The word for a limit's scope, for the caller. Names nobody.
    package func scopeName(_ position: Int) -> String { entries[position].scope.name }

    /// The standings of the limits that concern only one tenant (its own, its keys', its targets' and its tools'), for
    /// the tenant to see.
    package func standings(ofTenant tenant: Int, keysOf snapshot: Snapshot, at moment: LimitMoment)
        -> [(entry: LimitEntry, standings: [LimitStanding])]
    {
        standings(at: moment) { entry in
            switch entry.scope {
            case .tenant(let owner): owner == tenant
            case .key(let key): snapshot.keys[key].tenant == tenant
            case .tenantTarget(let owner, _), .tenantTool(let owner, _): owner == tenant
            case .target: false
            }
        }
    }

    /// The standings of all limits, or of the wanted ones. Takes nothing from them.
    package func standings(
        at moment: LimitMoment,
        where isWanted: (LimitEntry) -> Bool = { _ in true }
    ) -> [(entry: LimitEntry, standings: [LimitStanding])] {
        zip(entries, cells).compactMap { entry, cells in
            isWanted(entry) ? (entry, cells.standing(at: moment)) : nil
        }
    }

    private static func pair(_ tenant: Int, _ other: Int) -> UInt64 {
        UInt64(UInt32(truncatingIfNeeded: tenant)) << 32 | UInt64(UInt32(truncatingIfNeeded: other))
    }
}

extension LimitBook {
    /// The counts since the last drain. The caller must add all of them to the store, or return all of them with `owe`.
    package func drainQuotas() -> [QuotaUsage] {
        var all: [QuotaUsage] = []
        for (entry, cells) in zip(entries, cells) {
            for kind in QuotaKind.allCases {
                for delta in cells.quota(kind).drain() {
                    let period = kind.text(of: delta.period)
                    all.append(QuotaUsage(limitID: entry.id, period: period, count: delta.count))
                }
            }
        }
        return all
    }

    /// Takes back counts that could not be stored; the next drain has them again. Counts of a removed limit are
    /// dropped.
    package func owe(_ usage: [QuotaUsage]) {
        forEach(usage) { cell, period, count in cell.owe(QuotaCell.Delta(period: period, count: count)) }
    }

    /// Takes over the store's present totals, to which other servers add too.
    package func learn(_ totals: [QuotaUsage]) {
        forEach(totals) { cell, period, count in cell.learn(total: count, period: period) }
    }

    /// Adds the store's counts from before this process started; call this once at start, before or while calls are
    /// counted. Rows of unknown limits and of unknown periods are ignored.
    package func restore(_ usage: [QuotaUsage]) {
        forEach(usage) { cell, period, count in
            cell.restore(count: UInt64(max(0, count)), period: period)
        }
    }

    private func forEach(_ usage: [QuotaUsage], _ body: (QuotaCell, UInt32, Int64) -> Void) {
        if usage.isEmpty { return }
        let positions = Dictionary(
            entries.enumerated().map { ($1.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for row in usage {
            guard let position = positions[row.limitID], let (kind, period) = QuotaKind.parse(row.period)
            else {
                continue
            }
            body(cells[position].quota(kind), period, row.count)
        }
    }
}

extension LimitEntry {
    /// The limit's figures in the form that its counters take.
    fileprivate var figures: LimitCells.Figures {
        LimitCells.Figures(
            rate: rate.map { rate in
                RateParameters(
                    permits: rate.permits,
                    periodNs: UInt64(rate.unit.seconds) * RateParameters.secondNs,
                    burst: rate.burst
                )
            },
            dayQuota: dayQuota,
            monthQuota: monthQuota,
            dayBudget: dayBudget,
            monthBudget: monthBudget
        )
    }
}

extension LimitEntry.Scope {
    /// The command line's word for the scope.
    package var name: String {
        switch self {
        case .tenant: "tenant"
        case .key: "key"
        case .target: "target"
        case .tenantTarget: "tenant-target"
        case .tenantTool: "tenant-tool"
        }
    }
}
