import Calendar
import Model
import Policy
import RateLimit
import Store

/// The items about what waits in the store for a person, or ends soon. They hold names of tenants and of keys.
extension Attention {
    /// - Parameter nowMs: milliseconds since 1970.
    static func items(_ store: StoreStanding, nowMs: Int64) -> [Attention] {
        pending(store.pending) + waiting(store.waitingTools) + quotas(store, nowMs)
            + keys(store.keys, nowMs) + adminTokens(store.adminTokens, nowMs)
            + approvals(store.approved, nowMs) + unserved(store)
            + store.discoveries.flatMap { discovery($0, nowMs) }
    }

    /// The items about faulty files that don't belong to a stored target.
    private static func unserved(_ store: StoreStanding) -> [Attention] {
        let served = Set(store.targets.map { $0.name.text })
        return store.fileFaults.filter { !served.contains($0.target) }.map { fault in
            let first = fault.faults.first ?? ""
            return fault.target.isEmpty
                ? faultyFile(
                    "target files",
                    "the targets stay as they were: \(first)",
                    sinceMs: fault.sinceMs
                )
                : faultyFile(
                    "target \(fault.target)",
                    "it isn't served, as its file is faulty: \(first)",
                    sinceMs: fault.sinceMs
                )
        }
    }

    private static func pending(_ subscriptions: [SubscriptionRecord]) -> [Attention] {
        bounded(
            subscriptions,
            .subscriptionPending,
            "subscriptions",
            "requests wait for a decision",
            "subscription list --state pending"
        ) {
            subscription in
            let reason = subscription.requestReason.map { ": \($0)" } ?? ""
            return Attention(
                .warning,
                .subscriptionPending,
                "subscription \(subscription.id)",
                "tenant \(subscription.tenant) asks for target \(subscription.target)\(reason)",
                sinceMs: subscription.requestedAtMs,
                next: "`mcp-gateway subscription approve \(subscription.id)`, or `deny`"
            )
        }
    }

    private static func waiting(_ tools: [WaitingTool]) -> [Attention] {
        bounded(
            tools,
            .toolWaiting,
            "tools",
            "new or changed tools wait for an approval",
            "tool list --waiting"
        ) {
            tool in
            var tenants: [String] = []
            for subscription in tool.subscriptions where !tenants.contains(subscription.tenant.text) {
                tenants.append(subscription.tenant.text)
            }
            let more = tenants.count > 3 ? " and \(tenants.count - 3) more" : ""
            let isNew = !tool.subscriptions.contains { $0.isChange }
            return Attention(
                .warning,
                .toolWaiting,
                "tool \(tool.exposedName)",
                tool.isQuarantined
                    ? "it is held back from everybody"
                    : "it \(isNew ? "is new" : "has changed"), and is held back from "
                        + "\(tenants.prefix(3).joined(separator: ", "))\(more)",
                next: "`mcp-gateway tool approve \(tool.exposedName) --dry-run` shows it"
            )
        }
    }

    private static func quotas(_ store: StoreStanding, _ nowMs: Int64) -> [Attention] {
        var counts: [Int64: [QuotaKind: [UInt32: Int64]]] = [:]
        for row in store.quotaUsage {
            guard let (kind, number) = QuotaKind.parse(row.period) else { continue }
            counts[row.limitID, default: [:]][kind, default: [:]][number, default: 0] += row.count
        }
        let near = store.limits.flatMap { limit in
            let figures: [(QuotaKind, Int64?)] = [
                (.dayCalls, limit.dayQuota.map { Int64($0) }),
                (.monthCalls, limit.monthQuota.map { Int64($0) }),
                (.dayCost, limit.dayBudget), (.monthCost, limit.monthBudget),
            ]
            return figures.compactMap { kind, figure in
                figure.flatMap { self.quota(limit, kind, $0, counts[limit.id]?[kind] ?? [:], nowMs) }
            }
        }
        return bounded(near, .quotaNearEnd, "limits", "quotas and budgets are near their end", "limit list") {
            $0
        }
    }

    /// The item about a quota that is mostly used, or that is a quarter used and will be used up before its period
    /// ends.
    private static func quota(
        _ limit: LimitRecord,
        _ kind: QuotaKind,
        _ quota: Int64,
        _ counts: [UInt32: Int64],
        _ nowMs: Int64
    ) -> Attention? {
        let number = kind.period.number(atMs: nowMs)
        let used = counts[number] ?? 0
        // A quota of 0 forbids calls on purpose.
        guard quota > 0 else { return nil }
        let percent = Double(used) / Double(quota) * 100
        let usedUpAtMs = QuotaForecast.usedUpAtMs(kind, limit: quota, counts: counts, nowMs: nowMs)
        let isForetold = usedUpAtMs != nil && percent >= Double(AttentionBounds.quotaForecastPercent)
        guard percent >= Double(AttentionBounds.quotaPercent) || isForetold else { return nil }
        let until = "until \(minute(kind.period.endMs(of: number)))"
        let object = "\(limit.object.scope) \(limit.object.name)"
        let (all, part) =
            kind.isCost
            ? ("\(DollarText.spell(quota)) USD", DollarText.spell(used)) : ("\(quota) calls", "\(used)")
        let (name, word) = kind.isCost ? ("budget", "--budget Nusd") : ("quota", "--quota N")
        let forecast = usedUpAtMs.map { "; at this pace it is used up at \(minute($0))" } ?? ""
        return Attention(
            .warning,
            .quotaNearEnd,
            "\(kind.period.rawValue) \(name) of \(object)",
            used >= quota
                ? "all \(all) are used, and more are refused \(until)"
                : "\(part) of \(all) are used, \(until)\(forecast)",
            next: "`mcp-gateway limit set \(object) \(word)/\(kind.period.rawValue)` changes it"
        )
    }

    /// `2026-11-21 14:00Z`
    private static func minute(_ ms: Int64) -> String {
        let time = UTCTime(ms: ms)
        return "\(time.day.text) \(time.clock.dropLast(3))Z"
    }

    private static func keys(_ keys: [KeyRecord], _ nowMs: Int64) -> [Attention] {
        // A key that has a successor is meant to end.
        let ending = keys.filter { $0.rotatedTo == nil && $0.isActive(nowMs: nowMs) }
            .compactMap { key in key.expiresAtMs.map { (key: key, atMs: $0) } }
            .filter { $0.atMs - nowMs <= AttentionBounds.keyMs }.sorted { $0.atMs < $1.atMs }
        return bounded(ending, .keyExpires, "keys", "keys expire soon", "key list") { key, atMs in
            let name = key.name.map { " (\($0))" } ?? ""
            return Attention(
                .warning,
                .keyExpires,
                "key \(key.prefix)",
                "tenant \(key.tenant)'s key\(name) expires \(when(atMs, nowMs))",
                next: "`mcp-gateway key rotate \(key.prefix)` makes its successor"
            )
        }
    }

    private static func adminTokens(_ tokens: [AdminTokenRecord], _ nowMs: Int64) -> [Attention] {
        let ending = tokens.filter { $0.isActive(nowMs: nowMs) }
            .compactMap { token in token.expiresAtMs.map { (token: token, atMs: $0) } }
            .filter { $0.atMs - nowMs <= AttentionBounds.adminTokenMs }.sorted { $0.atMs < $1.atMs }
        return bounded(
            ending,
            .adminTokenExpires,
            "admin tokens",
            "admin tokens expire soon",
            "admin-token list"
        ) {
            token,
            atMs in
            Attention(
                .warning,
                .adminTokenExpires,
                "admin token \(token.name)",
                "it expires \(when(atMs, nowMs))",
                next: "`mcp-gateway admin-token issue NAME --role \(token.role.rawValue)` makes another"
            )
        }
    }

    private static func approvals(_ subscriptions: [SubscriptionRecord], _ nowMs: Int64) -> [Attention] {
        let ending = subscriptions.compactMap { subscription in
            subscription.expiresAtMs.map { (subscription: subscription, atMs: $0) }
        }.filter { $0.atMs - nowMs <= AttentionBounds.subscriptionMs }.sorted { $0.atMs < $1.atMs }
        return bounded(
            ending,
            .subscriptionExpires,
            "subscriptions",
            "approvals end soon",
            "subscription list --state approved"
        ) {
            subscription,
            atMs in
            Attention(
                .note,
                .subscriptionExpires,
                "subscription \(subscription.id)",
                "tenant \(subscription.tenant)'s access to target \(subscription.target) ends \(when(atMs, nowMs))",
                next: "`mcp-gateway subscription show \(subscription.id)` has its history"
            )
        }
    }

    /// One item each for the first ones, and one more item for the rest.
    private static func bounded<Each>(
        _ all: [Each],
        _ kind: Kind,
        _ subject: String,
        _ what: String,
        _ command: String,
        _ item: (Each) -> Attention
    ) -> [Attention] {
        let max = AttentionBounds.itemsMax
        guard all.count > max else { return all.map(item) }
        let more = Attention(
            .warning,
            kind,
            subject,
            "\(all.count - max + 1) more \(what)",
            next: "`mcp-gateway \(command)` shows all"
        )
        return all.prefix(max - 1).map(item) + [more]
    }
}
