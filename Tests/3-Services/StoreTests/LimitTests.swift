import Policy
import RateLimit
import Store
import Testing

struct LimitTests {
    typealias Change = LimitChange

    @Test func `a limit is set on each kind of object, and loaded with the snapshot`() async throws {
        try await withSubscribers { store in
            let prefix = try await store.write(as: .alice) { write throws(StoreError) in
                try write.issueKey(for: try .acme).record.prefix
            }
            let objects: [LimitObject] = [
                .tenant(try .acme), .key(prefix: prefix), .target(try .time),
                .tenantTarget(try .acme, try .time),
                .tenantTool(try .acme, exposedName: "time___later"), .tenant(try .globex),
            ]
            var ids: [Int64] = []
            for (number, object) in objects.enumerated() {
                let limit = try await store.write(as: .alice) { write throws(StoreError) in
                    try write.setLimit(
                        object,
                        Change(rate: .set(Change.Rate(permits: number + 1, per: .minute)), dayQuota: .set(0))
                    )
                }
                #expect(limit.object == object)
                #expect(limit.rate == LimitEntry.Rate(permits: number + 1, per: .minute, burst: number + 1))
                ids.append(limit.id)
            }
            let snapshot = try await store.loadSnapshot()
            let acme = try #require(snapshot.tenant(named: "acme"))
            let globex = try #require(snapshot.tenant(named: "globex"))
            #expect(
                snapshot.limits.map { $0.scope } == [
                    .tenant(acme), .key(0), .target(0), .tenantTarget(tenant: acme, target: 0),
                    .tenantTool(tenant: acme, tool: "time___later"), .tenant(globex),
                ]
            )
            #expect(snapshot.limits.map { $0.id } == ids)
            let all = try await store.read { read throws(StoreError) in try read.limits() }
            #expect(all.map { $0.object } == objects)
            let own = try await store.read { read throws(StoreError) in try read.limits(of: try .acme) }
            #expect(own.map { $0.id } == [ids[0], ids[1], ids[3], ids[4]])
            #expect(own.allSatisfy { $0.tenant?.text == "acme" })
        }
    }

    struct Step: Sendable {
        let change: LimitChange
        let rate: String?
        var dayQuota: Int?
        var monthQuota: Int?
        var isChange = true
    }

    @Test func `a change keeps the limit's id and its other values, and a default burst follows the rate`()
        async throws
    {
        try await withSubscribers { store in
            let steps = [
                Step(change: Change(rate: .set(Change.Rate(permits: 50, per: .second))), rate: "50/s 50"),
                Step(change: Change(rate: .set(Change.Rate(permits: 60, per: .minute))), rate: "60/m 60"),
                Step(change: Change(burst: .set(100)), rate: "60/m 100"),
                Step(change: Change(rate: .set(Change.Rate(permits: 5, per: .hour))), rate: "5/h 100"),
                Step(change: Change(burst: .clear, dayQuota: .set(9)), rate: "5/h 5", dayQuota: 9),
                Step(change: Change(), rate: "5/h 5", dayQuota: 9, isChange: false),
                Step(change: Change(dayQuota: .set(9)), rate: "5/h 5", dayQuota: 9, isChange: false),
                Step(
                    change: Change(monthQuota: .set(1_000_000_000_000)),
                    rate: "5/h 5",
                    dayQuota: 9,
                    monthQuota: 1_000_000_000_000
                ),
                Step(
                    change: Change(rate: .clear, dayQuota: .clear),
                    rate: nil,
                    monthQuota: 1_000_000_000_000
                ),
            ]
            var first: Int64?
            var revision: Int64 = 0
            for step in steps {
                let events = try store.auditCount
                let limit = try await store.write(as: .alice) { [revision] write throws(StoreError) in
                    try write.setLimit(.tenant(try .acme), step.change, ifRevision: revision)
                }
                first = first ?? limit.id
                #expect(limit.id == first)
                #expect(
                    limit.rate.map { "\($0.permits)/\($0.unit.rawValue) \($0.burst)" } == step.rate
                )
                #expect(limit.dayQuota == step.dayQuota)
                #expect(limit.monthQuota == step.monthQuota)
                #expect(limit.revision == revision + (step.isChange ? 1 : 0))
                #expect(try store.auditCount == events + (step.isChange ? 1 : 0))
                revision = limit.revision
            }
        }
    }

    @Test func `a change for another revision is stale`() async throws {
        try await withSubscribers { store in
            let rate = Change(rate: .set(Change.Rate(permits: 1, per: .second)))
            let limit = try await store.write(as: .alice) { write throws(StoreError) in
                try write.setLimit(.tenant(try .acme), rate, ifRevision: 0)
            }
            for wrong in [Int64(0), 2, -1] {
                let set = await refusal {
                    try await store.change { write throws(StoreError) in
                        try write.setLimit(.tenant(try .acme), rate, ifRevision: wrong)
                    }
                }
                #expect(set?.kind == .stale)
                let remove = await refusal {
                    try await store.change { write throws(StoreError) in
                        try write.removeLimit(limit.id, ifRevision: wrong)
                    }
                }
                #expect(remove?.kind == .stale)
            }
        }
    }

    struct Refused: Sendable {
        let what: String
        let change: LimitChange
    }

    @Test(arguments: [
        Refused(what: "nothing", change: Change()),
        Refused(what: "cleared", change: Change(rate: .clear, dayQuota: .clear)),
        Refused(what: "no permits", change: Change(rate: .set(Change.Rate(permits: 0, per: .second)))),
        Refused(what: "negative", change: Change(rate: .set(Change.Rate(permits: -1, per: .second)))),
        Refused(what: "huge", change: Change(rate: .set(Change.Rate(permits: 1_000_001, per: .hour)))),
        Refused(what: "largest", change: Change(rate: .set(Change.Rate(permits: .max, per: .hour)))),
        Refused(
            what: "burst 0",
            change: Change(rate: .set(Change.Rate(permits: 1, per: .hour)), burst: .set(0))
        ),
        Refused(
            what: "huge burst",
            change: Change(rate: .set(Change.Rate(permits: 1, per: .hour)), burst: .set(1_000_001))
        ),
        Refused(what: "burst alone", change: Change(burst: .set(5), dayQuota: .set(5))),
        Refused(what: "negative quota", change: Change(dayQuota: .set(-1))),
        Refused(what: "huge quota", change: Change(monthQuota: .set(1_000_000_000_001))),
    ])
    func `figures out of bounds are refused`(_ row: Refused) async throws {
        try await withSubscribers { store in
            let error = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.setLimit(.tenant(try .acme), row.change)
                }
            }
            #expect(error?.kind == .invalid, "\(row.what)")
            let stored = try store.query("SELECT id FROM usage_limit")
            #expect(stored.isEmpty)
        }
    }

    @Test(arguments: [
        "", "now", "time__now", "___now", "time___", "Time___now", "time___a\u{1B}", "a/b___c", "time",
        "time___\(String(repeating: "x", count: 400))",
    ])
    func `a text that can't be a tool's name is refused`(_ name: String) async throws {
        try await withSubscribers { store in
            let error = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.setLimit(
                        .tenantTool(try .acme, exposedName: name),
                        Change(dayQuota: .set(1))
                    )
                }
            }
            #expect(error?.kind == .invalid)
        }
    }

    @Test func `a missing object or limit is not found`() async throws {
        try await withSubscribers { store in
            let objects: [LimitObject] = [
                .tenant(try TenantName("nobody")), .key(prefix: "zzzzzzzz"),
                .target(try TargetName("nothing")), .tenantTarget(try .acme, try TargetName("nothing")),
                .tenantTarget(try TenantName("nobody"), try .time),
            ]
            for object in objects {
                let error = await refusal {
                    try await store.change { write throws(StoreError) in
                        try write.setLimit(object, Change(dayQuota: .set(1)))
                    }
                }
                #expect(error?.kind == .notFound)
            }
            for attempt in 0..<2 {
                let error = await refusal {
                    try await store.change { write throws(StoreError) in
                        if attempt == 0 {
                            try write.removeLimit(7)
                        } else {
                            try write.removeLimit(on: .tenant(try .acme))
                        }
                    }
                }
                #expect(error?.kind == .notFound)
            }
        }
    }

    @Test func `a limit is removed with its counters, and its id isn't used again`()
        async throws
    {
        try await withSubscribers { store in
            let quota = Change(dayQuota: .set(5))
            let events = try store.auditCount
            let first = try await store.write(as: .alice) { write throws(StoreError) in
                try write.setLimit(.target(try .time), quota)
            }
            try await store.change(as: .system) { write throws(StoreError) in
                try write.addQuotaUsage([
                    QuotaUsage(limitID: first.id, period: "day:2026-11-21", count: 3)
                ])
            }
            try await store.change { write throws(StoreError) in
                try write.removeLimit(on: .target(try .time))
            }
            let second = try await store.write(as: .alice) { write throws(StoreError) in
                try write.setLimit(.target(try .time), quota)
            }
            #expect(second.id != first.id)
            #expect(try store.query("SELECT count(*) FROM quota_usage") == ["0"])
            #expect(
                try store.audited(after: events) == [
                    "cli:alice limit.set limit:\(first.id)", "cli:alice limit.remove limit:\(first.id)",
                    "cli:alice limit.set limit:\(second.id)",
                ]
            )
        }
    }
}
