import Policy
import REST
import RateLimit

/// A limit on the caller's tenant, with its standings.
struct StandingLimit: Sendable {
    let limit: PortalCaller.HeldLimit
    let snapshot: Snapshot

    var entry: LimitEntry { limit.entry }

    /// The prefix of the key that the limit is on; nil for another scope.
    var key: String? {
        if case .key(let position) = entry.scope { snapshot.keys[position].prefix } else { nil }
    }

    var target: String? {
        switch entry.scope {
        case .target(let position), .tenantTarget(_, let position): snapshot.targets[position].name
        case .tenant, .key, .tenantTool: nil
        }
    }

    var tool: String? {
        if case .tenantTool(_, let name) = entry.scope { name } else { nil }
    }
}

/// The JSON form of a limit, for a tenant; docs/portal-api.md describes it.
struct LimitForm: ListedForm {
    typealias Record = StandingLimit

    static let component: String? = "Limit"
    static let plural = "limits"

    let id = Member("id", .id, \Record.entry.id)
    let scope = Member("scope", .word(of: ScopeName.self)) { (limit: Record) in
        ScopeName(limit.entry.scope).rawValue
    }
    let key = Member("key", .text(1...64, "the key's prefix"), \Record.key)
    let target = Member("target", .text(1...50), \Record.target)
    let tool = Member("tool", .text(1...512, "as agents call it"), \Record.tool)
    let standings = Member(
        "standings",
        listOf: StandingForm.self,
        max: 5,
        summary: "its rate, its quotas of the day and the month, its budgets of these: those that it has",
        \Record.limit.standings
    )
}

/// The JSON form of a limit's rate, quota or budget, for a tenant.
struct StandingForm: Form {
    typealias Record = LimitStanding

    let metric = Member("metric", .word(of: LimitStanding.Metric.self), \Record.metric.rawValue)
    let limit = Member(
        "limit",
        .count.described("calls in the metric's period; of a budget, billionths of a US dollar"),
        \Record.limit
    )
    let burst = Member("burst", .count.described("of a rate: calls at once"), \Record.burst)
    let used = Member("used", .count.described("of the burst, the quota or the budget"), \Record.used)
    let remaining = Member(
        "remaining",
        .count.described("calls that could be made now; of a budget, what isn't spent"),
        \Record.remaining
    )
    let retryAfterMs = Member("retryAfterMs", .integer.described("until one more; 0 for now")) {
        (record: Record) in
        milliseconds(record.retryAfterNs)
    }
    let resetAfterMs = Member("resetAfterMs", .integer.described("until it is all unused again")) {
        (record: Record) in
        milliseconds(record.resetAfterNs)
    }
}

/// Rounds up, so that a client that waits this long doesn't come too early.
private func milliseconds(_ nanoseconds: UInt64) -> Int64 {
    Int64(nanoseconds / 1_000_000) + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
}

private enum ScopeName: String, CaseIterable {
    case tenant, key, target
    case tenantTarget = "tenant-target"
    case tenantTool = "tenant-tool"

    init(_ scope: LimitEntry.Scope) {
        self =
            switch scope {
            case .tenant: .tenant
            case .key: .key
            case .target: .target
            case .tenantTarget: .tenantTarget
            case .tenantTool: .tenantTool
            }
    }
}
