import Glibc
import Policy
import RateLimit
import Store
import Telemetry
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UsageTests {
    private func delta(
        _ day: String,
        _ tenant: Int64,
        _ tool: String,
        target: String = "time",
        calls: Int = 1,
        errors: Int = 0,
        limited: Int = 0
    ) -> UsageDelta {
        UsageDelta(
            day: day,
            tenantID: tenant,
            keyID: 0,
            target: target,
            tool: tool,
            calls: calls,
            errors: errors,
            limited: limited,
            durationUs: calls * 10
        )
    }

    @Test func `flushes add up, by tenant, target, tool and day`() async throws {
        try await withSubscribers { store in
            let (acme, globex) = try await ids(store)
            let batches = [
                [
                    delta("2026-11-20", acme, "now", calls: 5, errors: 1),
                    delta("2026-11-21", acme, "now", calls: 2),
                    delta("2026-11-21", acme, "zone", limited: 4),
                ],
                [
                    delta("2026-11-21", acme, "now", calls: 3, errors: 2),
                    delta("2026-11-21", globex, "now", target: "maps", calls: 100),
                ],
                [],
            ]
            let version = try await store.loadSnapshot().version
            let events = try store.auditCount
            for batch in batches {
                try await store.change(as: .system) { write throws(StoreError) in try write.addUsage(batch) }
            }
            // Usage changes neither the policy nor the audit log.
            #expect(try await store.loadSnapshot().version == version)
            #expect(try store.auditCount == events)

            #expect(try await sums(store, .tenant) == ["globex 100 0 0 1000", "acme 11 3 4 110"])
            #expect(try await sums(store, .target) == ["maps 100 0 0 1000", "time 11 3 4 110"])
            #expect(
                try await sums(store, .tool) == [
                    "maps___now 100 0 0 1000", "time___now 10 3 0 100", "time___zone 1 0 4 10",
                ]
            )
            #expect(try await sums(store, .day) == ["2026-11-20 5 1 0 50", "2026-11-21 106 2 4 1060"])
            #expect(
                try await sums(store, .tool, tenant: try .acme, since: "2026-11-21") == [
                    "time___now 5 2 0 50", "time___zone 1 0 4 10",
                ]
            )
            #expect(try await sums(store, .tool, limit: 1) == ["maps___now 100 0 0 1000"])
            let unknown = await refusal {
                _ = try await store.read { read throws(StoreError) in
                    try read.usage(UsageQuery(by: [.day], tenant: try checked(TenantName("nobody"))))
                }
            }
            #expect(unknown?.kind == .notFound)
        }
    }

    @Test func `a removed tenant's usage is kept, and isn't attributed to a new tenant with its name`()
        async throws
    {
        try await withSubscribers { store in
            let (acme, _) = try await ids(store)
            let batch = [delta("2026-11-21", acme, "now", calls: 7)]
            try await store.change(as: .system) { write throws(StoreError) in
                try write.addUsage(batch)
                try write.removeTenant(try .acme, force: true)
                try write.createTenant(try .acme)
            }
            #expect(try await sums(store, .tenant) == ["acme 7 0 0 70"])
            #expect(try await sums(store, .day, tenant: try .acme).isEmpty)
        }
    }

    @Test func `rows of unknown tenants and limits are left out, and the rest of the batch is kept`()
        async throws
    {
        try await withSubscribers { store in
            let (acme, _) = try await ids(store)
            let limit = try await store.write(as: .alice) { write throws(StoreError) in
                try write.setLimit(.tenant(try .acme), LimitChange(dayQuota: .set(10)))
            }
            let batch = [delta("2026-11-21", 999, "now"), delta("2026-11-21", acme, "now")]
            try await store.change(as: .system) { write throws(StoreError) in
                try write.addUsage(batch)
                try write.addQuotaUsage([
                    QuotaUsage(limitID: 999, period: "day:2026-11-21", count: 1),
                    QuotaUsage(limitID: limit.id, period: "day:2026-11-21", count: 1),
                ])
            }
            #expect(try await sums(store, .tenant) == ["acme 1 0 0 10"])
            #expect(try store.query("SELECT limit_id FROM quota_usage") == ["\(limit.id)"])
        }
    }

    @Test func `a server starts with the stored quota counts of every period`() async throws {
        try await withSubscribers { store in
            let limit = try await store.write(as: .alice) { write throws(StoreError) in
                try write.setLimit(.tenant(try .acme), LimitChange(dayQuota: .set(10), monthQuota: .set(99)))
            }
            let periods = ["day:2026-11-20", "day:2026-11-21", "month:2026-11"]
            for count in [Int64(3), 4] {
                try await store.change(as: .system) { write throws(StoreError) in
                    try write.addQuotaUsage(
                        periods.map { QuotaUsage(limitID: limit.id, period: $0, count: count) }
                    )
                }
            }
            let restored = try await store.read { read throws(StoreError) in try read.quotaUsage() }
            #expect(restored == periods.map { QuotaUsage(limitID: limit.id, period: $0, count: 7) })
        }
    }

    /// The stored periods, the day that was 40 days ago by the clock, and the periods that must remain.
    struct Forgetting: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stored: [String]
        let before: String
        let left: [String]
    }

    private static let may = (1...31).map { "day:2026-05-\($0 < 10 ? "0" : "")\($0)" }

    @Test(arguments: [
        Forgetting(
            testDescription: "the newest stay",
            stored: may,
            before: "day:2026-05-31",
            left: Array(may.suffix(5))
        ),
        Forgetting(
            testDescription: "a right clock keeps its days",
            stored: may,
            before: "day:2026-05-05",
            left: Array(may.dropFirst(4))
        ),
        Forgetting(testDescription: "a clock in 2020", stored: may, before: "day:2019-11-22", left: may),
        Forgetting(
            testDescription: "a clock in 2040, before any call",
            stored: Array(may.suffix(5)),
            before: "day:2039-11-22",
            left: Array(may.suffix(5))
        ),
        Forgetting(
            testDescription: "a clock in 2040, with calls on four days",
            stored: Array(may.suffix(3)) + (1...4).map { "day:2040-01-0\($0)" },
            before: "day:2039-11-22",
            left: ["day:2026-05-31"] + (1...4).map { "day:2040-01-0\($0)" }
        ),
        Forgetting(
            testDescription: "months are no days",
            stored: ["month:2026-01"] + may,
            before: "day:2026-05-31",
            left: Array(may.suffix(5)) + ["month:2026-01"]
        ),
    ])
    func `a period is deleted if it is old both by the clock and by newer periods`(_ row: Forgetting)
        async throws
    {
        try await withSubscribers { store in
            let limit = try await store.write(as: .alice) { write throws(StoreError) in
                try write.setLimit(.tenant(try .acme), LimitChange(dayQuota: .set(10)))
            }
            let dropped = try await store.write(as: .system) { write throws(StoreError) in
                try write.addQuotaUsage(
                    row.stored.map { QuotaUsage(limitID: limit.id, period: $0, count: 1) }
                )
                return try write.dropQuotaUsage(of: "day:", before: row.before, keepingNewest: 5)
            }
            let left = try await store.read { read throws(StoreError) in try read.quotaUsage() }
            #expect(left.map { $0.period } == row.left)
            #expect(dropped == row.stored.count - row.left.count)
        }
    }

    @Test func `hostile texts are stored as plain texts`() async throws {
        try await withSubscribers { store in
            let (acme, _) = try await ids(store)
            let tool = "x'); DROP TABLE usage; --\0\u{202E}"
            let batch = [delta("2026-11-21", acme, tool)]
            try await store.change(as: .system) { write throws(StoreError) in try write.addUsage(batch) }
            #expect(try await sums(store, .tool) == ["time___\(tool) 1 0 0 10"])
        }
    }

    /// Each flush is one transaction: a killed process loses only usage that it hadn't flushed.
    @Test(arguments: [0, 1, 7])
    func `a process killed between flushes loses only usage after the last flush`(_ flushes: Int) async throws
    {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, flushes = flushes as Int] in
                let store = try Store.open(path: path) { 1_000 }
                let (tenant, limit) = try store.writeBlocking(as: .system) { write throws(StoreError) in
                    (
                        try write.createTenant(try .acme).id,
                        try write.setLimit(.tenant(try .acme), LimitChange(dayQuota: .set(9))).id
                    )
                }
                for flush in 0...flushes {
                    try store.writeBlocking(as: .system) { write throws(StoreError) in
                        try write.addUsage([
                            UsageDelta(
                                day: "2026-11-21",
                                tenantID: tenant,
                                keyID: 0,
                                target: "time",
                                tool: "now",
                                calls: 10
                            )
                        ])
                        try write.addQuotaUsage([
                            QuotaUsage(limitID: limit, period: "day:2026-11-21", count: 10)
                        ])
                        if flush == flushes { kill(getpid(), SIGKILL) }
                    }
                }
            }
            let store = try Store.open(path: path)
            defer { store.close() }
            let (usage, quotas) = try await store.read { read throws(StoreError) in
                (try read.usage(UsageQuery(by: [.tenant])).rows, try read.quotaUsage())
            }
            #expect(usage.map { $0.figures.calls } == (flushes == 0 ? [] : [flushes * 10]))
            #expect(quotas.map { $0.count } == (flushes == 0 ? [] : [Int64(flushes) * 10]))
        }
    }

    private func ids(_ store: Store) async throws -> (acme: Int64, globex: Int64) {
        try await store.read { read throws(StoreError) in
            (try read.tenant(try .acme, nowMs: 0).id, try read.tenant(try .globex, nowMs: 0).id)
        }
    }

    private func sums(
        _ store: Store,
        _ by: UsageDimension...,
        tenant: TenantName? = nil,
        since: String? = nil,
        limit: Int = 100
    ) async throws -> [String] {
        let span = try UsageSpan(since)
        return try await store.read { read throws(StoreError) in
            try read.usage(UsageQuery(by: by, tenant: tenant, span: span, limit: limit)).rows.map {
                sum in
                let figures = sum.figures
                return
                    "\(sum.name) \(figures.calls) \(figures.errors) \(figures.limited) \(figures.durationUs)"
            }
        }
    }
}
