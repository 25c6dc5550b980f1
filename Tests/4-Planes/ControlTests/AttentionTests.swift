import Control
import Model
import Policy
import RateLimit

import Telemetry
import Testing

@testable import Store

/// The conditions that become items, with the items' texts, and those that don't.
struct AttentionTests {
    static let nowMs: Int64 = 1_800_000_000_000  // 2027-01-15 08:00Z
    static let hour: Int64 = 3_600_000
    static let day = 24 * hour

    /// A server and a store without any items.
    struct Scene: Sendable {
        var server: ServerStatus? = ServerStatus(
            name: "host:1",
            version: "1",
            startedAtMs: nowMs - day,
            isLocal: false
        )
        var store = StoreStanding()

        var report: StatusReport { StatusReport(server: server, store: store, atMs: nowMs) }

        mutating func addTarget(
            _ name: String = "time",
            isOff: Bool = false,
            tools: Int = 2,
            health: TargetHealth = TargetHealth(refreshedAtMs: nowMs),
            faults: [String] = [],
            contract: String? = nil,
            calls: CallFigures? = nil
        ) throws {
            store.targets.append(
                TargetRecord(
                    id: Int64(store.targets.count + 1),
                    spec: TargetSpec(name: try TargetName(name), function: "fn", unknownContract: contract),
                    source: .cli,
                    isSwitchedOff: isOff,
                    toolCount: tools,
                    createdAtMs: 0,
                    updatedAtMs: 0,
                    revision: 1,
                    aliases: [],
                    health: health,
                    fileFaults: faults
                )
            )
            server?.calls[name] = calls
        }

        mutating func addSubscription(
            _ id: Int64,
            _ state: SubscriptionRecord.State = .pending,
            reason: String? = nil,
            expiresAtMs: Int64? = nil
        ) throws {
            let record = SubscriptionRecord(
                id: id,
                tenant: try TenantName("acme"),
                target: try TargetName("time"),
                state: state,
                requestedTools: [],
                approvedTools: [],
                requestReason: reason,
                requestedBy: "cli:ada",
                requestedAtMs: nowMs - 2 * hour,
                expiresAtMs: expiresAtMs,
                revision: 1,
                tenantID: 1
            )
            if state == .pending { store.pending.append(record) } else { store.approved.append(record) }
        }

        mutating func addKey(
            expiresAtMs: Int64?,
            revokedAtMs: Int64? = nil,
            rotatedTo: String? = nil
        ) throws {
            store.keys.append(
                KeyRecord(
                    id: 1,
                    tenant: try TenantName("acme"),
                    prefix: "ab12cd34",
                    name: "ci",
                    allow: [],
                    deny: [],
                    createdAtMs: 0,
                    expiresAtMs: expiresAtMs,
                    revokedAtMs: revokedAtMs,
                    rotatedTo: rotatedTo
                )
            )
        }

        mutating func addQuota(day: Int?, month: Int? = nil, used: [String: Int64]) throws {
            let tenant = try TenantName("acme")
            store.limits.append(
                LimitRecord(
                    id: 7,
                    object: .tenant(tenant),
                    tenant: tenant,
                    dayQuota: day,
                    monthQuota: month,
                    createdAtMs: 0,
                    updatedAtMs: 0,
                    revision: 1
                )
            )
            store.quotaUsage += used.map { QuotaUsage(limitID: 7, period: $0.key, count: $0.value) }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (inout Scene) throws -> Void
        /// Each as `severity kind subject: message → next`; empty for none.
        let items: [String]

        init(_ name: String, _ items: [String], _ make: @escaping @Sendable (inout Scene) throws -> Void) {
            (testDescription, self.items, self.make) = (name, items, make)
        }
    }

    private static func failing(_ outcome: CallOutcome, times: Int = 3) -> CallFigures {
        let metrics = GatewayMetrics()
        let tool = metrics.call(target: "time", tool: "now")
        for _ in 0..<times { tool.ended(outcome, ownNanoseconds: 1, upstreamNanoseconds: 1) }
        tool.failed(code: "timed_out", text: "secret words of the function", atMs: nowMs)
        metrics.advanceCalls(toMs: 60_000, live: ["time"])
        return metrics.callFigures(nowMs: 120_000)["time"] ?? CallFigures()
    }

    private static func refusals(_ count: Int) -> TargetHealth {
        var health = TargetHealth(refreshedAtMs: nowMs)
        health.tools.refusedCount = count
        health.tools.refusals = [.init(tool: "a-long-name", member: "name", reason: "it is too long")]
        return health
    }

    static let rows: [Row] =
        targetRows + serverRows + [
            Row(
                "a request that waits",
                [
                    "warning subscription_pending subscription 3: tenant acme asks for target time: a report → `mcp-gateway subscription approve 3`, or `deny`"
                ]
            ) { try $0.addSubscription(3, reason: "a report") },
            Row(
                "an approval that ends soon",
                [
                    "note subscription_expires subscription 3: tenant acme's access to target time ends in 13 days → `mcp-gateway subscription show 3` has its history"
                ]
            ) { try $0.addSubscription(3, .approved, expiresAtMs: nowMs + 13 * day + hour) },
            Row("an approval that ends later", []) {
                try $0.addSubscription(3, .approved, expiresAtMs: nowMs + 15 * day)
            },
            Row("an approval without an end", []) { try $0.addSubscription(3, .approved) },
            Row(
                "a quarantined tool",
                [
                    "warning tool_waiting tool time___now: it is held back from everybody → `mcp-gateway tool approve time___now --dry-run` shows it"
                ]
            ) {
                $0.store.waitingTools = [
                    WaitingTool(
                        target: try TargetName("time"),
                        exposedName: "time___now",
                        isQuarantined: true,
                        subscriptions: []
                    )
                ]
            },
            Row(
                "a tool that has changed since its approval",
                [
                    "warning tool_waiting tool time___now: it has changed, and is held back from acme → `mcp-gateway tool approve time___now --dry-run` shows it"
                ]
            ) {
                let acme = try TenantName("acme")
                $0.store.waitingTools = [
                    WaitingTool(
                        target: try TargetName("time"),
                        exposedName: "time___now",
                        isQuarantined: false,
                        subscriptions: [
                            .init(id: 1, tenant: acme, isChange: true),
                            .init(id: 2, tenant: acme, isChange: false),
                        ]
                    )
                ]
            },
            Row(
                "a key that expires within a week",
                [
                    "warning key_expires key ab12cd34: tenant acme's key (ci) expires in 6 days → `mcp-gateway key rotate ab12cd34` makes its successor"
                ]
            ) { try $0.addKey(expiresAtMs: nowMs + 7 * day - 1) },
            Row("a key that expires later", []) { try $0.addKey(expiresAtMs: nowMs + 7 * day + 1) },
            Row("a key that has a successor", []) {
                try $0.addKey(expiresAtMs: nowMs + day, rotatedTo: "ef56ab78")
            },
            Row("a key that is revoked, and one that has expired", []) {
                try $0.addKey(expiresAtMs: nowMs + day, revokedAtMs: nowMs - 1)
                try $0.addKey(expiresAtMs: nowMs - 1)
            },
            Row(
                "an admin token that expires within two weeks",
                [
                    "warning admin_token_expires admin token ci: it expires in 13 days → `mcp-gateway admin-token issue NAME --role viewer` makes another"
                ]
            ) {
                $0.store.adminTokens = [
                    AdminTokenRecord(
                        id: 1,
                        name: "ci",
                        role: .viewer,
                        prefix: "x",
                        createdAtMs: 0,
                        expiresAtMs: nowMs + 14 * day - 1
                    )
                ]
            },
            Row(
                "a quota of which four fifths are used",
                [
                    "warning quota_near_end day quota of tenant acme: 80 of 100 calls are used, until 2027-01-16 00:00Z; at this pace it is used up at 2027-01-15 10:22Z → `mcp-gateway limit set tenant acme --quota N/day` changes it"
                ]
            ) { try $0.addQuota(day: 100, used: ["day:2027-01-15": 80, "day:2027-01-14": 100]) },
            Row(
                "a quota that is used up",
                [
                    "warning quota_near_end month quota of tenant acme: all 3 calls are used, and more are refused until 2027-02-01 00:00Z → `mcp-gateway limit set tenant acme --quota N/month` changes it"
                ]
            ) { try $0.addQuota(day: nil, month: 3, used: ["month:2027-01": 3]) },
            Row(
                "a quota that won't last until its end",
                [
                    "warning quota_near_end day quota of tenant acme: 40 of 100 calls are used, until 2027-01-16 00:00Z; at this pace it is used up at 2027-01-15 20:00Z → `mcp-gateway limit set tenant acme --quota N/day` changes it"
                ]
            ) { try $0.addQuota(day: 100, used: ["day:2027-01-15": 40]) },
            Row("a quota with enough left, and one that shuts a door", []) {
                try $0.addQuota(day: 100, month: 0, used: ["day:2027-01-15": 33, "month:2027-01": 79])
            },
            Row("a pace that may be chance", []) {
                try $0.addQuota(day: 100, used: ["day:2027-01-15": 24, "day:2027-01-14": 900])
            },
            Row(
                "a file of a target that isn't served",
                [
                    "warning file_faulty target odd: it isn't served, as its file is faulty: line 3 → correct it, then `mcp-gateway reload`"
                ]
            ) {
                $0.store.fileFaults = [TargetFileFault(target: "odd", faults: ["line 3"], sinceMs: nowMs)]
            },
            Row(
                "a discovery that fails",
                [
                    "warning discovery_failing discovery crm: its functions can't be listed or stored, and what it found before is served: throttled → `mcp-gateway target discover crm` looks now"
                ]
            ) {
                $0.store.discoveries = [
                    DiscoveryStanding(name: "crm", lastError: "throttled", failureCount: 2)
                ]
            },
            Row(
                "functions that wait for their removal",
                [
                    "note functions_missing discovery crm: 1 of its 3 functions isn't found any more, and removed after the grace period → `mcp-gateway target discover crm` shows which"
                ]
            ) {
                $0.store.discoveries = [
                    DiscoveryStanding(name: "crm", functionCount: 3, missingCount: 1, missingSinceMs: nowMs)
                ]
            },
            Row(
                "functions that are gone in such a number that it isn't believed",
                [
                    "warning functions_missing discovery crm: 2 of its 3 functions aren't found any more; this is confirmed before they are removed → `mcp-gateway target discover crm` shows which"
                ]
            ) {
                $0.store.discoveries = [DiscoveryStanding(name: "crm", functionCount: 3, missingCount: 2)]
            },
        ]

    private static let targetRows: [Row] = [
        Row("a target that is well", []) { try $0.addTarget(calls: failing(.ok)) },
        Row(
            "a target whose calls fail",
            [
                "problem calls_failing target time: 3 of 3 calls failed in five minutes, the last with timed_out → `mcp-gateway target show time` has the last error"
            ]
        ) { try $0.addTarget(calls: failing(.timedOut)) },
        Row("a failing target that is switched off", []) {
            try $0.addTarget(isOff: true, calls: failing(.timedOut))
        },
        Row("a target that nobody asks about, without a server", []) {
            $0.server = nil
            try $0.addTarget()
        },
        Row(
            "a contract that only a newer version knows",
            [
                "problem unknown_contract target time: it isn't served, as this version doesn't know its contract \"grpc\" → use the version that stored it, or `mcp-gateway target update time --contract C`"
            ]
        ) { try $0.addTarget(contract: "grpc", calls: failing(.timedOut)) },
        Row("one of those that is switched off", []) { try $0.addTarget(isOff: true, contract: "grpc") },
        Row(
            "a target whose tools can't be read",
            [
                "warning list_failing target time: its tools can't be read, and the last good ones are served: no such function → `mcp-gateway target test time` tries it now"
            ]
        ) { try $0.addTarget(health: TargetHealth(refreshedAtMs: 1, lastError: "no such function")) },
        Row(
            "one that has none yet",
            [
                "problem list_failing target time: its tools can't be read: no such function → `mcp-gateway target test time` tries it now"
            ]
        ) { try $0.addTarget(tools: 0, health: TargetHealth(lastError: "no such function")) },
        Row(
            "a target that was never read",
            [
                "note target_new target time: its tools were never read → `mcp-gateway target refresh time` reads them"
            ]
        ) { try $0.addTarget(health: TargetHealth()) },
        Row(
            "a target with a faulty file",
            [
                "warning file_faulty target time: its file is faulty, and what it declared before is in force: line 3; and 1 more → correct it, then `mcp-gateway reload`"
            ]
        ) {
            try $0.addTarget(faults: ["line 3", "line 4"])
            $0.store.fileFaults = [TargetFileFault(target: "time", faults: ["line 3"], sinceMs: nowMs)]
        },
        Row(
            "a refused tool",
            [
                "warning tools_refused target time: 1 of its tools is refused: a-long-name: it is too long → `mcp-gateway tool list --target time --state refused` shows why"
            ]
        ) { try $0.addTarget(health: refusals(1)) },
        Row(
            "several of them",
            [
                "warning tools_refused target time: 3 of its tools are refused: a-long-name: it is too long; and 2 more → `mcp-gateway tool list --target time --state refused` shows why"
            ]
        ) { try $0.addTarget(health: refusals(3)) },
    ]

    @Test(arguments: rows)
    func `each condition has its items, with what to do next`(_ row: Row) throws {
        var scene = Scene()
        try row.make(&scene)
        let items = scene.report.attention
        #expect(
            items.map { "\($0.severity) \($0.kind.rawValue) \($0.subject): \($0.message) → \($0.next)" }
                == row.items
        )
    }

    @Test func `the table has a row for every kind`() {
        let seen = Self.rows.flatMap { row in row.items.map { String($0.split(separator: " ")[1]) } }
        #expect(Set(seen) == Set(Attention.Kind.allCases.map { $0.rawValue }))
    }

    @Test func `items are ordered by urgency, and within a kind by how long they wait`() throws {
        var scene = Scene()
        try scene.addTarget("b", calls: Self.failing(.timedOut))
        try scene.addTarget("new", health: TargetHealth())
        try scene.addSubscription(8)
        try scene.addSubscription(3)
        try scene.addKey(expiresAtMs: Self.nowMs + 1)
        scene.server?.notReady = "draining"
        scene.store.pending[1].requestedAtMs -= 5
        #expect(
            scene.report.attention.map { $0.subject } == [
                "server", "target b", "subscription 3", "subscription 8", "key ab12cd34", "target new",
            ]
        )
    }

    @Test func `of very many items of a kind, the first are named and the rest are counted`() throws {
        var scene = Scene()
        for id in 1...1_000 as ClosedRange<Int64> { try scene.addSubscription(id) }
        let items = scene.report.attention
        #expect(items.count == AttentionBounds.itemsMax)
        #expect(items.last?.message == "991 more requests wait for a decision")
        #expect(Set(items.map { $0.subject }).count == items.count)
    }

    @Test func `targets are ordered by state, then by calls, then by name`() throws {
        var scene = Scene()
        try scene.addTarget("off", isOff: true)
        try scene.addTarget("newer", contract: "grpc")
        try scene.addTarget("quiet")
        try scene.addTarget("called", calls: Self.failing(.ok))
        try scene.addTarget("a-quiet-one")
        try scene.addTarget("unread", health: TargetHealth())
        try scene.addTarget("unlisted", health: TargetHealth(refreshedAtMs: 1, lastError: "x"))
        try scene.addTarget("failing", calls: Self.failing(.timedOut))
        #expect(
            scene.report.targets.map { "\($0.name) \($0.state.rawValue)" } == [
                "newer unknown_contract", "failing calls_failing", "unlisted list_failing", "unread new",
                "called ok", "a-quiet-one ok",
                "quiet ok", "off disabled",
            ]
        )
    }

    /// The open report may be read by anyone who reaches the listener.
    @Test func `the open report has nothing of tenants, keys or functions' texts`() throws {
        let server = ServerStatus(name: "host:1", version: "1", startedAtMs: 0, isLocal: false)
        let entry = TargetEntry(id: 1, name: "time", function: "fn")
        let standing = TargetStanding(entry, calls: Self.failing(.timedOut))
        let report = StatusReport(server: server, targets: [standing], atMs: Self.nowMs)
        #expect(report.attention.map { $0.kind } == [.callsFailing, .targetNew])
        #expect(!report.attention.contains { $0.message.contains("secret words") })
    }
}
