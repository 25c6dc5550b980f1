import Telemetry
import Store
import Telemetry
import TestSupport
import Testing

/// Usage by one or several dimensions, and of selected calls.
struct UsageDimensionTests {
    /// A store with calls of two tenants and a removed one, with keys and tokens, over two months.
    private func withCalls(
        _ body: (Store, _ keys: [String], _ deltas: [UsageDelta]) async throws -> Void
    ) async throws {
        try await withSubscribers { store in
            let issued = try await store.write(as: .alice) { write throws(StoreError) in
                let gone = try checked(TenantName("gone"))
                try write.createTenant(gone)
                var keys: [KeyRecord] = []
                for tenant in [try .acme, try .acme, try .globex, gone] {
                    keys.append(
                        try write.issueKey(for: tenant).record
                    )
                }
                return keys
            }
            let tenants = try await store.read { read throws(StoreError) in
                try issued.map { key throws(StoreError) in try read.tenant(key.tenant, nowMs: 0).id }
            }
            var deltas: [UsageDelta] = []
            var number = 1
            for day in ["2026-10-31", "2026-11-01", "2026-11-20"] {
                for (index, key) in issued.enumerated() {
                    for (target, tool) in [("time", "now"), ("time", "zone"), ("maps", "now")] {
                        number = number * 75 % 65_537
                        deltas.append(
                            UsageDelta(
                                day: day,
                                tenantID: tenants[index],
                                keyID: index == 1 ? 0 : key.id,
                                target: target,
                                tool: tool,
                                calls: number % 50,
                                errors: number % 7,
                                limited: number % 11,
                                durationUs: number * 10
                            )
                        )
                    }
                }
            }
            let flushed = deltas
            try await store.change(as: .system) { write throws(StoreError) in
                try write.addUsage(flushed)
                try write.revokeKey(prefix: issued[0].prefix)
                try write.removeTenant(try checked(TenantName("gone")), force: true)
            }
            try await body(store, issued.map { $0.prefix }, deltas)
        }
    }

    private func usage(_ store: Store, _ query: UsageQuery) async throws -> UsageSums {
        try await store.read { read throws(StoreError) in try read.usage(query) }
    }

    @Test func `the sums by two dimensions add up to those by one, and to the total`() async throws {
        try await withCalls { store, _, deltas in
            var all = UsageFigures()
            for delta in deltas { all.merge(delta.figures) }
            for first in UsageDimension.allCases {
                let single = try await usage(store, UsageQuery(by: [first]))
                #expect(single.total == all && !single.isCut)
                #expect(sum(single.rows.map { $0.figures }) == all)
                for second in UsageDimension.allCases where second != first {
                    let pairs = try await usage(store, UsageQuery(by: [first, second]))
                    #expect(pairs.total == all && sum(pairs.rows.map { $0.figures }) == all)
                    #expect(Set(pairs.rows.map { $0.names }).count == pairs.rows.count)
                    for row in single.rows {
                        let parts = pairs.rows.filter { $0[first] == row[first] }
                        #expect(sum(parts.map { $0.figures }) == row.figures, "\(row.name) by \(second)")
                    }
                }
            }
            let every = try await usage(store, UsageQuery(by: UsageDimension.allCases))
            #expect(every.rows.count == deltas.count && every.total == all)
        }
    }

    @Test func `a revoked key, and a removed tenant's key, are still shown by prefix`() async throws {
        try await withCalls { store, keys, _ in
            let rows = try await usage(store, UsageQuery(by: [.tenant, .key])).rows
            let names = Set(rows.map { $0.name })
            #expect(
                names == [
                    "acme \(keys[0])", "acme tokens", "globex \(keys[2])", "gone \(keys[3])",
                ]
            )
            for key in [keys[0], keys[3], UsageSum.tokenName] {
                let one = try await usage(store, UsageQuery(by: [.key], key: key)).rows
                #expect(one.map { $0.name } == [key] && (one.first?.figures.calls ?? 0) > 0)
            }
            let unknown = await refusal {
                _ = try await store.read { read throws(StoreError) in
                    try read.usage(UsageQuery(by: [.key], key: "zzzzzzzz"))
                }
            }
            #expect(unknown?.kind == .notFound)
        }
    }

    private static func span(_ since: String?, _ until: String? = nil) -> UsageSpan {
        (try? UsageSpan(since, until, nowMs: 1_800_000_000_000)) ?? .all()
    }

    /// The calls that a query selects.
    struct Row: Sendable {
        let query: UsageQuery
        let isSelected: @Sendable (UsageDelta) -> Bool
    }

    @Test(arguments: [
        Row(query: UsageQuery(by: [.day], span: span("2026-11-01"))) { $0.day != "2026-10-31" },
        // Both ends are included: yesterday is from yesterday until yesterday.
        Row(query: UsageQuery(by: [.day], span: span(nil, "2026-11-01"))) { $0.day != "2026-11-20" },
        Row(query: UsageQuery(by: [.day], span: span("2026-11-01", "2026-11-01"))) {
            $0.day == "2026-11-01"
        },
        Row(query: UsageQuery(by: [.month], target: "maps")) { $0.target == "maps" },
        Row(query: UsageQuery(by: [.tool], tool: "time___zone")) { $0.tool == "zone" },
        Row(query: UsageQuery(by: [.tenant], target: "maps", tool: "time___zone")) { _ in false },
        Row(query: UsageQuery(by: [.key, .month], target: "time", span: span("2026-11-02"))) {
            $0.target == "time" && $0.day == "2026-11-20"
        },
    ])
    func `each filter selects its calls`(_ row: Row) async throws {
        try await withCalls { store, _, deltas in
            let found = try await usage(store, row.query)
            let wanted = deltas.filter(row.isSelected)
            #expect(found.total.calls == wanted.reduce(0) { $0 + $1.figures.calls })
            #expect(sum(found.rows.map { $0.figures }) == found.total)
            #expect(found.rows.isEmpty == wanted.isEmpty)
        }
    }

    @Test func `rows are in the order of the dimensions, the last one by number of calls`() async throws {
        try await withCalls { store, _, _ in
            let months = try await usage(store, UsageQuery(by: [.month])).rows
            #expect(months.map { $0.name } == ["2026-10", "2026-11"])
            let rows = try await usage(store, UsageQuery(by: [.tenant, .tool])).rows
            #expect(rows.map { $0.names[0] } == rows.map { $0.names[0] }.sorted())
            for tenant in ["acme", "globex", "gone"] {
                let calls = rows.filter { $0[.tenant] == tenant }.map { $0.figures.calls }
                #expect(calls.count == 3 && calls == calls.sorted(by: >))
            }
            let days = try await usage(store, UsageQuery(by: [.tenant, .day])).rows.map { $0.names }
            #expect(days.map { $0.joined(separator: " ") } == days.map { $0.joined(separator: " ") }.sorted())
        }
    }

    @Test func `rows over the limit are left out, which is marked; the total includes them`() async throws {
        try await withCalls { store, _, deltas in
            let cut = try await usage(store, UsageQuery(by: [.day, .tool], limit: 8))
            #expect(cut.rows.count == 8 && cut.isCut)
            #expect(cut.total.calls == deltas.reduce(0) { $0 + $1.figures.calls })
            let whole = try await usage(store, UsageQuery(by: [.day, .tool], limit: 9))
            #expect(whole.rows.count == 9 && !whole.isCut)
        }
    }

    private func sum(_ figures: [UsageFigures]) -> UsageFigures {
        figures.reduce(into: UsageFigures()) { $0.merge($1) }
    }
}
