import Policy
import SQLite
import Store
import Testing

struct KeyRotationTests {
    private func withKey(
        expiresAtMs: Int64? = nil,
        _ body: (Store, KeyRecord, TestClock) async throws -> Void
    ) async throws {
        let clock = TestClock(1_000)
        let (allow, deny) = (NamePattern("time___*"), NamePattern("*___delete_*"))
        try await withStore(clock: clock.read) { store in
            let acme = try TenantName("acme")
            let patterns = ([try #require(allow)], [try #require(deny)])
            let key = try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                return try write.issueKey(
                    for: acme,
                    name: "ci",
                    expiresAtMs: expiresAtMs,
                    allow: patterns.0,
                    deny: patterns.1
                ).record
            }
            try await body(store, key, clock)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let expiresAtMs: Int64?
        let overlapMs: Int64
        let oldEndsAtMs: Int64
        let newEndsAtMs: Int64?
        var testDescription: String { "expiry \(expiresAtMs ?? 0), overlap \(overlapMs)" }
    }

    /// The key is issued at 1,000 ms and rotated at 3,000 ms.
    @Test(arguments: [
        Row(expiresAtMs: nil, overlapMs: 500, oldEndsAtMs: 3_500, newEndsAtMs: nil),
        Row(expiresAtMs: nil, overlapMs: 0, oldEndsAtMs: 3_000, newEndsAtMs: nil),
        Row(expiresAtMs: 9_000, overlapMs: 500, oldEndsAtMs: 3_500, newEndsAtMs: 11_000),
        Row(expiresAtMs: 3_200, overlapMs: 500, oldEndsAtMs: 3_200, newEndsAtMs: 5_200),
        Row(expiresAtMs: .max, overlapMs: 7_776_000_000, oldEndsAtMs: 7_776_003_000, newEndsAtMs: .max),
    ])
    func `both keys work during the overlap, and the old one no longer than its own expiry`(_ row: Row)
        async throws
    {
        try await withKey(expiresAtMs: row.expiresAtMs) { store, old, clock in
            clock.set(3_000)
            let rotated = try await store.writing { write throws(StoreError) in
                try write.rotateKey(prefix: old.prefix, overlapMs: row.overlapMs)
            }
            let new = rotated.new.record
            #expect(rotated.old.expiresAtMs == row.oldEndsAtMs)
            #expect(rotated.old.rotatedTo == new.prefix && rotated.old.revokedAtMs == nil)
            #expect(new.expiresAtMs == row.newEndsAtMs && new.createdAtMs == 3_000)
            #expect(new.name == "ci" && new.tenant == old.tenant && new.prefix != old.prefix)
            #expect(new.allow == old.allow && new.deny == old.deny && new.rotatedTo == nil)
            let snapshot = try await store.loadSnapshot()
            let entry = try #require(snapshot.keys.first { $0.prefix == old.prefix })
            #expect(entry.expiresAtMs == row.oldEndsAtMs)
            #expect(
                snapshot.authenticate(hash: rotated.new.key.hash, nowMs: 3_000)
                    == .success(Principal(tenant: 0, key: 1))
            )
            let events = try await store.events(AuditFilter(limit: 2))
            #expect(events.map { $0.action } == ["key.rotate", "key.issue"])
            #expect(events.map { $0.object } == ["key:\(old.prefix)", "key:\(new.prefix)"])
        }
    }

    @Test(arguments: [
        "revoked", "expired", "rotated", "negative overlap", "overlap over 90 days", "removed tenant",
    ])
    func `a key that has ended, or with an invalid overlap, isn't rotated`(_ state: String) async throws {
        try await withKey(expiresAtMs: 5_000) { store, key, clock in
            try await store.writing { write throws(StoreError) in
                switch state {
                case "revoked": try write.revokeKey(prefix: key.prefix)
                case "rotated": _ = try write.rotateKey(prefix: key.prefix, overlapMs: 1_000)
                case "removed tenant": try write.removeTenant(key.tenant, force: true)
                default: break
                }
            }
            if state == "expired" { clock.set(5_000) }
            let overlap: Int64 =
                switch state {
                case "negative overlap": -1
                case "overlap over 90 days": 7_776_000_001
                default: 0
                }
            let before = try await store.events()
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in
                    _ = try write.rotateKey(prefix: key.prefix, overlapMs: overlap)
                }
            }
            let expected: StoreError.Kind =
                state.contains("overlap") ? .invalid : state == "removed tenant" ? .notFound : .conflict
            #expect(error?.kind == expected)
            #expect(try await store.events() == before)
        }
    }

    @Test func `the old key's limits are copied to the new one, without counters`() async throws {
        try await withKey { store, old, _ in
            let hand = try Connection.open(path: store.path)
            try hand.execute(
                """
                INSERT INTO usage_limit (id, scope, key_id, rate_permits, rate_unit, burst, day_quota, created_at_ms,
                    updated_at_ms) VALUES (7, 'key', \(old.id), 50, 's', 100, 1000, 1, 1);
                INSERT INTO quota_usage (limit_id, period, count) VALUES (7, 'day:2026-11-21', 3);
                """
            )
            let rotated = try await store.writing { write throws(StoreError) in
                try write.rotateKey(prefix: old.prefix, overlapMs: 100)
            }
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.limits.map { $0.scope } == [.key(0), .key(1)])
            #expect(snapshot.limits[0].rate == snapshot.limits[1].rate && snapshot.limits[1].rate != nil)
            #expect(snapshot.limits[1].dayQuota == 1_000)
            let counters = try hand.integer("SELECT sum(count) FROM quota_usage WHERE limit_id <> 7") ?? 0
            #expect(counters == 0)
            let set = try await store.events(AuditFilter(actionPrefix: "limit.set"))
            #expect(set.count == 1)
            #expect(set.first?.after?.contains(rotated.new.record.prefix) == true)
        }
    }

    @Test func `a key's last use only moves forward, changes no policy and isn't audited`() async throws {
        try await withKey { store, key, _ in
            let version = try await store.loadSnapshot().version
            let events = try await store.events()
            for (atMs, expected) in [(Int64(50), Int64(50)), (90, 90), (70, 90), (90, 90)] {
                try await store.writing { write throws(StoreError) in
                    try write.recordKeyUse([
                        KeyUse(keyID: key.id, atMs: atMs), KeyUse(keyID: 999, atMs: atMs),
                        KeyUse(keyID: key.id, atMs: atMs - 10),
                    ])
                }
                let keys = try await store.read { read throws(StoreError) in try read.keys() }
                #expect(keys.map { $0.lastUsedAtMs } == [expected])
            }
            #expect(try await store.loadSnapshot().version == version)
            #expect(try await store.events() == events)
        }
    }

    struct Presented: Sendable, CustomTestStringConvertible {
        let text: String
        let prefix: String?
        var testDescription: String { String(text.prefix(30)) }
    }

    @Test(arguments: [
        Presented(text: "mgw_abcd1234_" + String(repeating: "Z", count: 43), prefix: "abcd1234"),
        Presented(text: "mgw_abcd1234_" + String(repeating: "Z", count: 42), prefix: nil),
        Presented(text: "mgw_abcd1234_" + String(repeating: "é", count: 43), prefix: nil),
        Presented(text: "mgw_ABCD1234_" + String(repeating: "Z", count: 43), prefix: nil),
        Presented(text: "mgwa_abcd1234_" + String(repeating: "Z", count: 43), prefix: nil),
        Presented(text: "mgw_abcd1234", prefix: nil),
        Presented(text: "eyJhbGciOiJub25lIn0.e30.", prefix: nil),
        Presented(text: "", prefix: nil),
    ])
    func `a prefix is read only from a text with the complete form of a key`(_ row: Presented) {
        #expect(KeyText.prefix(ofPresented: row.text) == row.prefix)
    }
}
