import HTTP
import JSON
import Policy
import REST
import RateLimit

/// `/limits`: what counts the tenant's calls, and how much is left of it.
func limitRoutes() -> [Route<PortalCaller>] {
    [
        Route(
            .get,
            "/limits",
            id: "limitList",
            "Lists the limits on you, your keys and your use of targets and tools by their ids, and how they stand.",
            parameters: Page.parameters,
            answer: Page.schema("limits", of: .reference("Limit"))
        ) { call throws(Problem) in
            let snapshot = call.caller.snapshot
            return try Page(call, list: "limits").answer(
                "limits",
                call.caller.limits().sorted { $0.entry.id < $1.entry.id },
                place: { "\($0.entry.id)" },
                isAfter: { $0.entry.id > Int64($1) ?? 0 },
                json: { limitJSON($0, snapshot) }
            )
        }
    ]
}

private func limitJSON(_ limit: PortalCaller.HeldLimit, _ snapshot: Snapshot) -> JSONValue {
    var (key, target, tool): (String?, String?, String?)
    switch limit.entry.scope {
    case .tenant: break
    case .key(let position): key = snapshot.keys[position].prefix
    case .target(let position), .tenantTarget(_, let position): target = snapshot.targets[position].name
    case .tenantTool(_, let name): tool = name
    }
    return [
        "id": .optional(limit.entry.id),
        "scope": .string(scopeName(limit.entry.scope)),
        "key": .optional(key),
        "target": .optional(target),
        "tool": .optional(tool),
        "standings": .array(limit.standings.map { standing in json(of: standing, limit.entry) }),
    ]
}

private func json(of standing: LimitStanding, _ limit: LimitEntry) -> JSONValue {
    let isQuota = standing.metric == .day || standing.metric == .month
    let atOnce = isQuota ? standing.limit : limit.rate?.burst ?? standing.limit
    return [
        "metric": .string(standing.metric.rawValue),
        "limit": .int(standing.limit),
        "burst": isQuota ? .null : .int(atOnce),
        "used": .int(max(0, atOnce - standing.remaining)),
        "remaining": .int(standing.remaining),
        "retryAfterMs": .optional(milliseconds(standing.retryAfterNs)),
        "resetAfterMs": .optional(milliseconds(standing.resetAfterNs)),
    ]
}

/// Rounded up, so that who waits so long doesn't come too early.
private func milliseconds(_ nanoseconds: UInt64) -> Int64 {
    Int64(nanoseconds / 1_000_000) + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
}

private func scopeName(_ scope: LimitEntry.Scope) -> String {
    switch scope {
    case .tenant: "tenant"
    case .key: "key"
    case .target: "target"
    case .tenantTarget: "tenant-target"
    case .tenantTool: "tenant-tool"
    }
}

let limitSchema = Schema.object([
    .required("id", .id),
    .required("scope", .oneOf(["tenant", "key", "target", "tenant-target", "tenant-tool"])),
    .required("key", .string(1...64, "the key's prefix").orNull),
    .required("target", .string(1...50).orNull),
    .required("tool", .string(1...512, "as agents call it").orNull),
    .required(
        "standings",
        .array(
            .object([
                .required("metric", .oneOf(LimitStanding.Metric.allCases.map { $0.rawValue })),
                .required("limit", .integer(0...JSONInteger.max, "calls in the metric's period")),
                .required("burst", .integer(0...JSONInteger.max, "of a rate: calls at once").orNull),
                .required("used", .integer(0...JSONInteger.max, "of the burst, or of the quota")),
                .required("remaining", .integer(0...JSONInteger.max, "calls that could be made now")),
                .required("retryAfterMs", .integer(0...JSONInteger.max, "until one more; 0 for now")),
                .required("resetAfterMs", .integer(0...JSONInteger.max, "until it is all unused again")),
            ]),
            max: 3,
            "its rate, its quota of the day, its quota of the month: those that it has"
        )
    ),
])
