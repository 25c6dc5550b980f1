import Telemetry
import Bytes
import Crypto
import Glibc
import Policy
import SQLite
import TestSupport
import Testing

@testable import Store

struct MigrationTests {
    /// A file with the first version of the schema, and a row in each of its tables.
    private func makeVersion1(_ path: String) throws {
        let old = try Connection.open(path: path)
        try old.execute(SQLiteSchema.version1)
        try old.execute(
            """
            INSERT INTO secret (name, value) VALUES ('session', x'\(String(repeating: "ab", count: 32))');
            INSERT INTO target (id, name, function, qualifier, region, contract, approval, enabled, switched_off,
                timeout_ms, description, source, file_path, created_at_ms, updated_at_ms, refreshed_at_ms)
            VALUES (3, 'time', 'fn-time', 'live', 'eu-central-1', 'mcp-wrapper', 'required', 1, 0, 30000, 'Tells it',
                    'file', 'targets/time/target.toml', 10, 20, 30),
                (4, 'open', 'fn-open', NULL, NULL, 'jsonrpc', 'open', 1, 1, 5000, NULL, 'cli', NULL, 11, 21, NULL);
            INSERT INTO tool (target_id, name, definition, sha256, position, first_seen_ms, updated_at_ms)
            VALUES (3, 'now', CAST('{"name":"now"}' AS BLOB), zeroblob(32), 0, 5, 6);
            INSERT INTO tenant (id, name, title, state, created_at_ms, updated_at_ms)
            VALUES (7, 'acme', 'Acme', 'active', 1, 2), (8, 'beta', NULL, 'suspended', 3, 4);
            INSERT INTO tenant_key (id, tenant_id, name, prefix, hash, allow_patterns, created_at_ms, expires_at_ms,
                revoked_at_ms)
            VALUES (9, 7, 'ci', 'abcd1234', zeroblob(32), 'time___* a___?', 1, 99, NULL),
                (10, 8, NULL, 'efgh5678', x'\(String(repeating: "01", count: 32))', NULL, 2, NULL, 50);
            UPDATE generation SET catalog = 41, health = 7;
            PRAGMA application_id = 0x6D677731;
            PRAGMA user_version = 1;
            """
        )
    }

    @Test func `a file of the first version opens with all its data`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            try makeVersion1(path)
            let store = try Store.open(path: path, clock: { 60 })
            defer { store.close() }
            #expect(store.sessionSecret == [UInt8](repeating: 0xAB, count: 32))
            let (version, faults, targets, tools) = try await store.read { read throws(StoreError) in
                (try read.schemaVersion(), try read.faults(), try read.targets(), try read.tools())
            }
            #expect(version == SQLiteSchema.migrations.count && faults.isEmpty)
            #expect(targets.map { $0.id } == [4, 3] && targets.map { $0.revision } == [1, 1])
            #expect(targets.map { $0.pinsDefinitions } == [false, true])
            #expect(
                targets[1].spec.filePath == "targets/time/target.toml"
                    && targets[1].health.refreshedAtMs == 30
            )
            #expect(targets[0].isSwitchedOff && tools.map { $0.definition.name } == ["now"])
            let (tenants, keys) = try await store.read { read throws(StoreError) in
                (try read.tenants(nowMs: 60), try read.keys())
            }
            #expect(tenants.map { $0.id } == [7, 8] && tenants.map { $0.title } == ["Acme", nil])
            #expect(tenants.map { $0.state } == [.active, .suspended])
            #expect(
                tenants.allSatisfy { $0.revision == 1 && $0.spec.labels.isEmpty && $0.removedAtMs == nil }
            )
            #expect(tenants.map { $0.activeKeyCount } == [1, 0])
            #expect(keys.map { $0.id } == [9, 10] && keys[0].allow.map { $0.text } == ["time___*", "a___?"])
            #expect(keys[0].deny.isEmpty && keys[0].lastUsedAtMs == nil && keys[1].revokedAtMs == 50)

            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.version == 41)
            #expect(snapshot.tools.map { $0.exposedName } == ["time___now"])
            let verification = try await store.verifyAudit()
            #expect(verification == AuditVerification())
        }
    }

    @Test func `all operations work on a migrated file, and ids continue`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            try makeVersion1(path)
            let store = try Store.open(path: path, clock: { 60 })
            defer { store.close() }
            let acme = try TenantName("acme")
            let open = try TargetName("open")
            try await store.writing { write throws(StoreError) in
                let rotated = try write.rotateKey(prefix: "abcd1234", overlapMs: 1_000)
                guard rotated.new.record.id == 11, rotated.old.expiresAtMs == 99 else {
                    throw StoreError(.failed, "\(rotated)")
                }
                try write.updateTenant(acme, TenantChange(contact: "ops"), ifRevision: 1)
                try write.removeTarget(open, ifRevision: 1)
                try write.removeTenant(acme, force: true, ifRevision: 2)
                let next = try write.createTenant(acme)
                guard next.id == 9 else { throw StoreError(.failed, "\(next)") }
            }
            #expect(try await store.verifyAudit().faults.isEmpty)
        }
    }

    /// A store of version 3, in which SQLite's own sequence noted the end of the audit log.
    @Test(arguments: [0, 3])
    func `a missing end of the audit log is still found after the migration to a log with a head`(
        missing: Int
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            do {
                let old = try Connection.open(path: path)
                for migration in SQLiteSchema.migrations.prefix(3) { try old.execute(migration) }
                try old.execute(
                    """
                    INSERT INTO secret (name, value) VALUES ('session', zeroblob(32));
                    PRAGMA application_id = 0x6D677731;
                    PRAGMA user_version = 3;
                    """
                )
                var hash = AuditEvent.firstHash
                for id in 1...Int64(10) {
                    let event = AuditEvent(id: id, atMs: 5, actor: "system", action: "a.b", object: "c:d")
                    let next = event.hash(after: hash)
                    try old.execute(
                        """
                        INSERT INTO audit (id, at_ms, actor, action, object, previous_hash, hash)
                        VALUES (\(id), 5, 'system', 'a.b', 'c:d', x'\(Hex.encode(hash))', x'\(Hex.encode(next))')
                        """
                    )
                    hash = next
                }
                try old.execute("DROP TRIGGER audit_is_kept; DELETE FROM audit WHERE id > \(10 - missing)")
            }
            let store = try Store.open(path: path)
            defer { store.close() }
            let last = Int64(10 - missing)
            let found = try await store.verifyAudit()
            #expect(found.faults == (missing == 0 ? [] : [.missingTail(last: last, issued: 10)]))
            try await store.write(as: .system) { write throws(StoreError) in try write.audit("a.b", "c:d") }
            let later = try await store.verifyAudit()
            #expect(later.faults == (missing == 0 ? [] : [.gap(after: last, before: 11)]))
            #expect(later.headID == 11)
        }
    }

    /// A store of release 0.1.0, with times in milliseconds.
    private func makeVersion4(_ path: String) throws {
        let old = try Connection.open(path: path)
        for migration in SQLiteSchema.migrations.prefix(4) { try old.execute(migration) }
        try old.execute(
            """
            INSERT INTO secret (name, value) VALUES ('session', zeroblob(32));
            INSERT INTO tenant (id, name, state, created_at_ms, updated_at_ms)
            VALUES (7, 'acme', 'active', 1, 2);
            INSERT INTO usage (day, tenant_id, key_id, target, tool, calls, errors, limited, duration_ms)
            VALUES ('2026-11-20', 7, 9, 'time', 'now', 4, 1, 2, 10), ('2026-11-21', 7, 0, 'time', 'now', 1, 0, 0, 0);
            PRAGMA application_id = 0x6D677731;
            PRAGMA user_version = 4;
            """
        )
    }

    @Test func `usage of version 4 is converted to microseconds, and counting continues`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            try makeVersion4(path)
            let store = try Store.open(path: path)
            defer { store.close() }
            let more = UsageDelta(
                day: "2026-11-21",
                tenantID: 7,
                keyID: 0,
                target: "time",
                tool: "now",
                calls: 1,
                durationUs: 301
            )
            try await store.write(as: .system) { write throws(StoreError) in try write.addUsage([more]) }
            let (version, faults, usage) = try await store.read { read throws(StoreError) in
                (try read.schemaVersion(), try read.faults(), try read.usage(UsageQuery(by: [.day, .key])))
            }
            #expect(version == SQLiteSchema.migrations.count && faults.isEmpty)
            // A key that doesn't exist is shown by its number.
            #expect(usage.rows.map { $0.name } == ["2026-11-20 #9", "2026-11-21 tokens"])
            #expect(usage.rows.map { $0.figures.durationUs } == [10_000, 301])
            #expect(usage.total.meanUs == 1_717)
        }
    }

    /// A store of version 6.
    private func makeVersion6(_ path: String) throws {
        let old = try Connection.open(path: path)
        for migration in SQLiteSchema.migrations.prefix(6) { try old.execute(migration) }
        try old.execute(
            """
            INSERT INTO secret (name, value) VALUES ('session', zeroblob(32));
            INSERT INTO target (id, name, function, contract, approval, enabled, timeout_ms, source, created_at_ms,
                updated_at_ms, refreshed_at_ms)
            VALUES (3, 'time', 'fn', 'jsonrpc', 'open', 1, 30000, 'cli', 10, 20, 30);
            INSERT INTO tool (target_id, name, definition, sha256, position, first_seen_ms, updated_at_ms)
            VALUES (3, 'now', CAST('{"name":"now"}' AS BLOB), zeroblob(32), 0, 5, 6);
            INSERT INTO tenant (id, name, state, created_at_ms, updated_at_ms, role_arn)
            VALUES (7, 'acme', 'active', 1, 2, 'arn:aws:iam::123456789012:role/acme');
            PRAGMA application_id = 0x6D677731;
            PRAGMA user_version = 6;
            """
        )
    }

    @Test func `a store of version 6 opens, and its targets call their functions as before`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            try makeVersion6(path)
            let store = try Store.open(path: path)
            defer { store.close() }
            let (version, faults, targets) = try await store.read { read throws(StoreError) in
                (try read.schemaVersion(), try read.faults(), try read.targets())
            }
            #expect(version == SQLiteSchema.migrations.count && faults.isEmpty)
            #expect(targets.map { $0.spec.invoke } == [InvokeSettings()])
            let before = try await store.loadSnapshot()
            #expect(before.targets.map { $0.invoke } == [InvokeSettings()])
            #expect(before.tools.map { $0.function } == [nil])
            #expect(before.tenants.map { $0.roleARN } == ["arn:aws:iam::123456789012:role/acme"])
            // Watchers notice changes of the new columns.
            for change in [
                "UPDATE target SET route = '{\"live\":1}'", "UPDATE target SET log_tail = 'all'",
                "UPDATE target SET architecture = 'arm64'", "UPDATE target SET memory_mb = 512",
                "UPDATE tool SET function = 'own'", "UPDATE tenant SET session_policy = '{}'",
            ] {
                let version = try await store.loadSnapshot().version
                try Connection.open(path: path).execute(change)
                #expect(try await store.loadSnapshot().version > version, "\(change)")
            }
            #expect(try await store.loadSnapshot().tools.map { $0.function } == ["own"])
            try Connection.open(path: path).execute("UPDATE target SET route = '{\"a b\":1}'")
            let error = await #expect(throws: StoreError.self) { try await store.loadSnapshot() }
            #expect(error?.kind == .corrupt)
        }
    }

    /// A store of release 0.1.0, with usage by day.
    @Test func `usage of version 8 is kept by day, and no call of it is lost`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            let old = try Connection.open(path: path)
            for migration in SQLiteSchema.migrations.prefix(8) { try old.execute(migration) }
            try old.execute(
                """
                INSERT INTO secret (name, value) VALUES ('session', zeroblob(32));
                INSERT INTO tenant (id, name, state, created_at_ms, updated_at_ms)
                VALUES (7, 'acme', 'active', 1, 2), (8, 'beta', 'active', 1, 2);
                INSERT INTO usage (day, tenant_id, key_id, target, tool, calls, errors, limited, duration_us)
                VALUES ('2024-02-29', 7, 9, 'time', 'now', 4, 1, 2, 10), ('2026-11-21', 7, 0, 'time', 'now', 1, 0, 0, 5),
                    ('2026-11-21', 8, 0, 'time', 'now', 100, 50, 3, 7), ('2026-11-21', 8, 0, 'maps', 'now', 0, 0, 8, 0),
                    ('no day', 8, 0, 'maps', 'now', 1, 0, 0, 9), ('2026-13-41', 8, 0, 'maps', 'now', 2, 0, 0, 1);
                PRAGMA application_id = 0x6D677731;
                PRAGMA user_version = 8;
                """
            )
            let store = try Store.open(path: path)
            defer { store.close() }
            let (days, tools, outcomes, hours, faults) = try await store.read { read throws(StoreError) in
                (
                    try read.usage(UsageQuery(by: [.day, .tenant])), try read.usage(UsageQuery(by: [.tool])),
                    try read.usage(UsageQuery(by: [.outcome])), try read.usage(UsageQuery(by: [.hour])),
                    try read.faults()
                )
            }
            #expect(faults.isEmpty)
            #expect(
                days.rows.map { "\($0.name) \($0.figures.calls) \($0.figures.errors) \($0.figures.limited)" }
                    == [
                        // A row with an invalid day is kept under the first possible day.
                        "1970-01-01 beta 3 0 0", "2024-02-29 acme 4 1 2", "2026-11-21 beta 100 50 11",
                        "2026-11-21 acme 1 0 0",
                    ]
            )
            #expect(tools.rows.map { $0.name } == ["time___now", "maps___now"])
            #expect(outcomes.rows.map { $0.name } == ["unknown"])
            #expect(outcomes.total.unpriced == outcomes.total.calls && outcomes.total.durationUs == 32)
            // The hours of these calls aren't known.
            #expect(hours.rows.isEmpty)
        }
    }

    @Test func `an old store that a server has open isn't migrated, and the server is named`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            try await withLoop { loop in
                // The server's socket remains after this store is closed; it stands in for an older server that has
                // the store open.
                let stand = try Store.open(path: path)
                let socket = try await ServerSocket.listen(for: stand, on: loop) { 0 }
                stand.close()
                #expect(unlink(path) == 0)
                try makeVersion4(path)
                for access in [Store.Access.existing, .creating] {
                    let error = try #require(throws: StoreError.self) {
                        _ = try Store.open(path: path, access)
                    }
                    #expect(error.kind == .unavailable)
                    let newest = SQLiteSchema.migrations.count
                    let words = "has schema version 4 and this program needs version \(newest)"
                    #expect(error.message.contains(words))
                    #expect(
                        error.message.contains("it is open in the server with process id \(getpid())")
                    )
                    #expect(error.hint.contains("restart that server"))
                }
                let copy = try Store.backUp(path, to: "\(directory)/copy.db")
                #expect(copy.faults.isEmpty && copy.schemaVersion == 4)
                // The older server continues counting.
                try Connection.open(path: path).execute("UPDATE usage SET duration_ms = duration_ms + 1")
                await socket.close()
                let store = try Store.open(path: path)
                defer { store.close() }
                let usage = try await store.read { read throws(StoreError) in
                    try read.usage(UsageQuery(by: [.day]))
                }
                #expect(usage.rows.map { $0.figures.durationUs } == [11_000, 1_000])
                let other = try await ServerSocket.listen(for: store, on: loop) { 0 }
                // A store of the current version can be opened while its server runs.
                try Store.open(path: path, .existing).close()
                await other.close()
            }
        }
    }

    @Test func `several openers of an old file at once all find it migrated`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            try makeVersion1(path)
            let versions = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let store = try Store.open(path: path, busyTimeoutMs: 60_000)
                        defer { store.close() }
                        return try await store.read { read throws(StoreError) in try read.schemaVersion() }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(versions == [Int](repeating: SQLiteSchema.migrations.count, count: 8))
        }
    }

    @Test func `a file of a newer version is refused and left unchanged`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            try Store.open(path: path).close()
            let later = try Connection.open(path: path)
            let next = SQLiteSchema.migrations.count + 1
            try later.execute("PRAGMA user_version = \(next)")
            let error = try #require(throws: StoreError.self) { _ = try Store.open(path: path) }
            #expect(error.kind == .unavailable)
            #expect(error.message.contains("schema version \(next)"))
            let version = try later.integer("PRAGMA user_version")
            #expect(version == Int64(next))
        }
    }
}
