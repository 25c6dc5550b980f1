import Calendar
import Policy
import Store
import Telemetry
import Testing

/// Tools, keys and subscriptions that weren't used for a while.
struct UnusedTests {
    private static let day = UTCDay.ms
    /// The current time: an afternoon.
    private static let nowMs = 20_000 * day + 50_000_000

    private func names(_ store: Store, days: Int64) async throws -> [String] {
        try await store.read { read throws(StoreError) in
            try read.unused(sinceMs: Self.nowMs - days * Self.day, nowMs: Self.nowMs)
        }.map { thing in
            let last = thing.lastUsedAtMs.map { "\(($0 - Self.nowMs + 50_000_000) / Self.day)" } ?? "never"
            return "\(thing.kind) \(thing.name) \(thing.tenant ?? "–") \(thing.target ?? "–") \(last)"
        }
    }

    private func call(_ store: Store, _ tenant: Int64, _ tool: String, daysAgo: Int64) async throws {
        var figures = UsageFigures()
        figures.calls = 1
        let delta = UsageDelta(
            minute: (20_000 - daysAgo) * 1_440 + 5,
            tenantID: tenant,
            keyID: 0,
            target: "time",
            tool: tool,
            outcome: .ok,
            figures: figures
        )
        try await store.change(as: .system) { write throws(StoreError) in
            try write.addUsage([delta])
            // Usage of the most recent days is partly still in minutes.
            if daysAgo > 0 { _ = try write.foldUsage(nowMs: Self.nowMs) }
        }
    }

    @Test func `what wasn't used since a given time is listed with its last use`() async throws {
        let clock = TestClock(Self.nowMs - 100 * Self.day)
        try await withSubscribers(clock: clock) { store in
            let id = try await store.subscribe("acme")
            _ = try await store.subscribe("globex")
            let key = try await store.write(as: .alice) { write throws(StoreError) in
                try write.issueKey(for: try .acme).record
            }
            let revoked = try await store.write(as: .alice) { write throws(StoreError) in
                try write.revokeKey(prefix: try write.issueKey(for: try .acme).record.prefix)
            }
            let tenants = try await store.read { read throws(StoreError) in
                [try read.tenant(try .acme, nowMs: 0).id, try read.tenant(try .globex, nowMs: 0).id]
            }
            try await call(store, tenants[0], "now", daysAgo: 40)
            try await call(store, tenants[1], "now", daysAgo: 0)
            #expect(
                try await names(store, days: 30) == [
                    "tool time___zone – time never", "key \(key.prefix) acme – never",
                    "subscription \(id) acme time -40",
                ]
            )
            try await store.change(as: .system) { write throws(StoreError) in
                try write.recordKeyUse([KeyUse(keyID: key.id, atMs: Self.nowMs - Self.day)])
                try write.revokeSubscription(id)
            }
            #expect(revoked.prefix != key.prefix)
            #expect(try await names(store, days: 30) == ["tool time___zone – time never"])
            // No object is that old, so none was unused for so long.
            #expect(try await names(store, days: 101).isEmpty)
            // A call that a limit refuses counts as use; a tool of a removed target isn't listed.
            try await call(store, tenants[0], "zone", daysAgo: 1)
            #expect(try await names(store, days: 2).isEmpty)
            try await store.change { write throws(StoreError) in try write.removeTarget(try .time) }
            clock.set(Self.nowMs)
            #expect(try await names(store, days: 0) == ["key \(key.prefix) acme – 0"])
        }
    }
}
