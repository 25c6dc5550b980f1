import Policy
import SQLite
import Store
import Testing

struct TenantChangeTests {
    @Test func `every field of a tenant is stored, changed and cleared`() async throws {
        let clock = TestClock(10)
        try await withStore(clock: clock.read) { store in
            let acme = try TenantName("acme")
            let spec = TenantSpec(
                name: acme,
                title: "Acme",
                contact: "ops@acme.test",
                labels: ["team": "blue", "cost/centre": "7 \"x\" é"],
                lambdaTenantID: "acme:1",
                roleARN: "arn:aws:iam::123456789012:role/path/acme"
            )
            let created = try await store.writing { write throws(StoreError) in try write.createTenant(spec) }
            #expect(created.spec == spec)
            #expect(created.revision == 1 && created.removedAtMs == nil)
            let entry = try #require(try await store.loadSnapshot().tenants.first)
            #expect(entry.lambdaTenantID == "acme:1")
            #expect(entry.roleARN == "arn:aws:iam::123456789012:role/path/acme")

            clock.set(20)
            let change = TenantChange(title: "", contact: "new", labels: ["a": ""], roleARN: "")
            let changed = try await store.writing { write throws(StoreError) in
                try write.updateTenant(acme, change, ifRevision: 1)
            }
            #expect(
                changed.spec
                    == TenantSpec(name: acme, contact: "new", labels: ["a": ""], lambdaTenantID: "acme:1")
            )
            #expect(changed.revision == 2 && changed.updatedAtMs == 20 && changed.createdAtMs == 10)
            clock.set(30)
            let same = try await store.writing { write throws(StoreError) in
                try write.updateTenant(acme, TenantChange(contact: "new"))
            }
            #expect(same == changed)
        }
    }

    @Test(arguments: ["update", "suspend", "resume", "remove"])
    func `a change for another revision is stale and changes nothing`(_ verb: String) async throws {
        try await withStore { store in
            let acme = try TenantName("acme")
            try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                try write.updateTenant(acme, TenantChange(title: "second"))
            }
            let before = try await store.tenant(acme)
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in
                    switch verb {
                    case "update": try write.updateTenant(acme, TenantChange(title: "x"), ifRevision: 1)
                    case "suspend": try write.suspendTenant(acme, ifRevision: 1)
                    case "resume": try write.resumeTenant(acme, ifRevision: 3)
                    default: try write.removeTenant(acme, ifRevision: 1)
                    }
                }
            }
            #expect(error?.kind == .stale)
            #expect(error?.message.contains("it is at revision 2") == true)
            let after = try await store.tenant(acme)
            #expect(after == before)
        }
    }

    struct BadSpec: Sendable, CustomTestStringConvertible {
        let field: String
        let value: String
        var testDescription: String { "\(field): \(value.prefix(40).debugDescription)" }
    }

    @Test(arguments: [
        BadSpec(field: "title", value: ""),
        BadSpec(field: "title", value: String(repeating: "x", count: 300)),
        BadSpec(field: "title", value: "a\u{0}b"),
        BadSpec(field: "contact", value: "line\r\nbreak"),
        BadSpec(field: "contact", value: String(repeating: "é", count: 101)),
        BadSpec(field: "label", value: ""),
        BadSpec(field: "label", value: "with space"),
        BadSpec(field: "label", value: "é"),
        BadSpec(field: "label", value: "a\u{202E}b"),
        BadSpec(field: "label", value: String(repeating: "n", count: 64)),
        BadSpec(field: "value", value: String(repeating: "v", count: 201)),
        BadSpec(field: "value", value: "\u{1B}[2J"),
        BadSpec(field: "lambda", value: ""),
        BadSpec(field: "lambda", value: " acme"),
        BadSpec(field: "lambda", value: "a\r\nX-Evil: 1"),
        BadSpec(field: "lambda", value: "acmé"),
        BadSpec(field: "lambda", value: String(repeating: "a", count: 257)),
        BadSpec(field: "role", value: "arn:aws:iam::123456789012:user/acme"),
        BadSpec(field: "role", value: "arn:aws:iam::12345678901:role/acme"),
        BadSpec(field: "role", value: "arn:aws:iam::123456789012:role/"),
        BadSpec(field: "role", value: "arn:aws:sts::123456789012:role/acme"),
        BadSpec(field: "role", value: "arn:aws:iam::123456789012:role/a b"),
        BadSpec(field: "role", value: "role/acme"),
    ])
    func `a hostile or malformed text in a tenant's field is refused`(_ bad: BadSpec) async throws {
        var spec = TenantSpec(name: try TenantName("acme"))
        switch bad.field {
        case "title": spec.title = bad.value
        case "contact": spec.contact = bad.value
        case "label": spec.labels = [bad.value: "v"]
        case "value": spec.labels = ["name": bad.value]
        case "lambda": spec.lambdaTenantID = bad.value
        default: spec.roleARN = bad.value
        }
        let given = spec
        try await withStore { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in try write.createTenant(given) }
            }
            #expect(error?.kind == .invalid)
            #expect(error?.hint.isEmpty == false)
            let events = try await store.events()
            #expect(events.isEmpty)
            #expect(try await store.loadSnapshot().tenants.isEmpty)
        }
    }

    @Test func `more than 32 labels are refused`() async throws {
        let labels = Dictionary(uniqueKeysWithValues: (0..<33).map { ("l\($0)", "v") })
        let spec = TenantSpec(name: try TenantName("acme"), labels: labels)
        try await withStore { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in try write.createTenant(spec) }
            }
            #expect(error?.kind == .invalid)
        }
    }

    @Test(arguments: ["a___b", "ACME", "a' OR 1=1 --", "*", "a?", "~1", "аcme", "", "a--b", "a\u{0}"])
    func `a malformed tenant name is refused`(_ text: String) throws {
        let error = try #require(throws: ModelFault.self) { _ = try TenantName(text) }
        #expect(error.kind == .invalid)
    }
}

struct TenantRemovalTests {
    @Test func `a tenant with active keys is removed only by force, which revokes them`() async throws {
        let clock = TestClock(1_000)
        try await withStore(clock: clock.read) { store in
            let acme = try TenantName("acme")
            let key = try await store.writing { write throws(StoreError) in
                try write.createTenant(acme, title: "first")
                _ = try write.issueKey(for: acme, expiresAtMs: 1_500)
                return try write.issueKey(for: acme, name: "ci")
            }
            let refused = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in try write.removeTenant(acme) }
            }
            #expect(refused?.kind == .conflict)
            #expect(refused?.message == "tenant acme has 2 active keys")
            #expect(refused?.hint.contains("`force=true`") == true)
            clock.set(2_000)
            let removed = try await store.writing { write throws(StoreError) in
                try write.removeTenant(acme, force: true)
            }
            #expect(removed.removedAtMs == 2_000 && removed.name == acme)

            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.tenants.isEmpty && snapshot.keys.isEmpty)
            #expect(snapshot.authenticate(hash: key.key.hash, nowMs: 2_000) == .failure(.unknown))
            let seen = try await store.read { read throws(StoreError) in
                (
                    try read.tenants(nowMs: 2_000), try read.keys(), try read.removedTenants(nowMs: 2_000),
                    try read.auditEvents(AuditFilter(actionPrefix: "key.revoke"))
                )
            }
            #expect(seen.0.isEmpty && seen.1.isEmpty)
            #expect(seen.2.map { $0.name } == [acme])
            #expect(seen.2.first?.title == "first" && seen.2.first?.removedAtMs == 2_000)
            #expect(seen.3.count == 2)
            for prefix in [key.record.prefix] {
                let error = await #expect(throws: StoreError.self) {
                    try await store.read { read throws(StoreError) in try read.key(prefix: prefix) }
                }
                #expect(error?.kind == .notFound)
            }
        }
    }

    @Test func `a removed tenant's name is free, and a new tenant with it inherits nothing`() async throws {
        try await withStore { store in
            let acme = try TenantName("acme")
            let pattern = try #require(NamePattern("time___*"))
            let first = try await store.writing { write throws(StoreError) in
                let first = try write.createTenant(acme)
                try write.addPermission(.deny, pattern, to: acme)
                try write.removeTenant(acme)
                return first
            }
            let second = try await store.writing { write throws(StoreError) in try write.createTenant(acme) }
            #expect(second.id != first.id)
            let permissions = try await store.read { read throws(StoreError) in
                (try read.permissions(of: acme), try read.permissions())
            }
            #expect(permissions.0.isEmpty && permissions.1.isEmpty)
            #expect(try await store.loadSnapshot().tenants.map { $0.deny } == [[]])
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in
                    try write.removeTenant(acme)
                    try write.removeTenant(acme)
                }
            }
            #expect(error?.kind == .notFound)
            try await store.writing { write throws(StoreError) in _ = try write.removeTenant(acme) }
            let removed = try await store.read { read throws(StoreError) in try read.removedTenants(nowMs: 0)
            }
            #expect(removed.map { $0.id } == [second.id, first.id])
            #expect(removed.allSatisfy { $0.name == acme })
        }
    }

    @Test(arguments: ["tenant", "target"])
    func `a removed tenant's or target's subscriptions end, and its limits are removed`(_ removed: String)
        async throws
    {
        let clock = TestClock(1_000)
        try await withStore(clock: clock.read) { store in
            let (acme, other) = (try TenantName("acme"), try TenantName("other"))
            let (time, files, mail) = (
                try TargetName("time"), try TargetName("files"), try TargetName("mail")
            )
            try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                try write.createTenant(other)
                for name in [time, files, mail] { try write.addTarget(TargetSpec(name: name, function: "f")) }
            }
            let key = try await store.writing { write throws(StoreError) in try write.issueKey(for: acme) }
            // Rows as the subscriptions' own functions create them; a pin set and counters depend on them.
            let hand = try Connection.open(path: store.path)
            try hand.execute(Self.rowsOfSubscriptions(key: key.record.id))
            clock.set(2_000)
            try await store.writing { write throws(StoreError) in
                if removed == "tenant" {
                    try write.removeTenant(acme, force: true)
                } else {
                    try write.removeTarget(time)
                }
            }
            let actions = try await store.events().filter {
                $0.action.hasPrefix("subscription.") || $0.action.hasPrefix("limit.")
            }.map { "\($0.action) \($0.object) \($0.tenant ?? "-")" }
            let counters = try hand.integer("SELECT count(*) FROM quota_usage")
            let states = try rows(of: hand)
            if removed == "tenant" {
                #expect(
                    actions == [
                        "limit.remove limit:2 acme", "limit.remove limit:1 acme",
                        "subscription.deny subscription:3 acme", "subscription.expire subscription:2 acme",
                        "subscription.revoke subscription:1 acme",
                    ]
                )
                #expect(states == ["revoked", "expired", "denied", "approved", "denied"])
                #expect(counters == 2)
            } else {
                #expect(
                    actions == [
                        "limit.remove limit:3 -", "subscription.revoke subscription:4 other",
                        "subscription.revoke subscription:1 acme",
                    ]
                )
                #expect(states == ["revoked", "approved", "pending", "revoked", "denied"])
                #expect(counters == 2)
                let loose = try hand.integer(
                    "SELECT count(*) FROM subscription WHERE target_id IS NULL AND target_name = 'time'"
                )
                #expect(loose == 3)
            }
            let faults = try await store.read { read throws(StoreError) in try read.faults() }
            #expect(faults.isEmpty)
            #expect(try await store.verifyAudit().faults.isEmpty)
        }
    }

    private static func rowsOfSubscriptions(key: Int64) -> String {
        """
        INSERT INTO pin_set (id, target_id, sha256) VALUES (1, 1, zeroblob(32));
        INSERT INTO pin (pin_set_id, tool_name, sha256) VALUES (1, 'now', zeroblob(32));
        INSERT INTO subscription (id, tenant_id, target_id, target_name, state, requested_by, requested_at_ms,
            expires_at_ms, pin_set_id)
        VALUES (1, 1, 1, 'time', 'approved', 'cli:t', 1, NULL, 1),
            (2, 1, 2, 'files', 'approved', 'cli:t', 1, 1500, NULL),
            (3, 1, 3, 'mail', 'pending', 'cli:t', 1, NULL, NULL),
            (4, 2, 1, 'time', 'approved', 'cli:t', 1, NULL, 1),
            (5, 1, 1, 'time', 'denied', 'cli:t', 1, NULL, NULL);
        INSERT INTO usage_limit (id, scope, tenant_id, key_id, target_id, day_quota, created_at_ms, updated_at_ms)
        VALUES (1, 'tenant', 1, NULL, NULL, 5, 1, 1), (2, 'key', NULL, \(key), NULL, 5, 1, 1),
            (3, 'target', NULL, NULL, 1, 5, 1, 1), (4, 'tenant', 2, NULL, NULL, 5, 1, 1);
        INSERT INTO quota_usage (limit_id, period, count) VALUES (1, 'day:2026-11-21', 3),
            (3, 'day:2026-11-21', 3), (4, 'day:2026-11-21', 3);
        """
    }

    private func rows(of connection: borrowing Connection) throws -> [String] {
        let statement = try Statement("SELECT state FROM subscription ORDER BY id", on: connection)
        var states: [String] = []
        while try statement.step() { states.append(statement.text(at: 0) ?? "") }
        return states
    }
}
