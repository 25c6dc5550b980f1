import Foundation
import Model
import SQLite
@testable import Store
import System
import TestSupport
import Testing

struct BackupTests {
    /// A store with a tenant, its key and their events, in a folder of its own.
    private func withFilledStore(_ body: (_ store: Store, _ folder: String) async throws -> Void) async throws
    {
        try await withTemporaryDirectory { (folder: String) async throws -> Void in
            let store = try Store.open(path: "\(folder)/gateway.db")
            defer { store.close() }
            let acme = try TenantName("acme")
            try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                _ = try write.issueKey(for: acme)
            }
            try await body(store, folder)
        }
    }

    private func names(_ folder: String) -> [String] {
        ((try? Files.names(inFolder: folder)) ?? []).filter { !$0.hasPrefix("gateway.db") }
    }

    private func failure(_ store: Store, _ file: String, _ options: Store.BackupOptions = .init())
        -> StoreError?
    {
        do throws(StoreError) {
            _ = try Store.backUp(store.path, to: file, options)
            return nil
        } catch { return error }
    }

    @Test func `a copy of a store in use is complete, private, one file, and usable as a store`() async throws
    {
        try await withFilledStore { store, folder in
            let old = umask(0)
            defer { umask(old) }
            let report = try Store.backUp(store.path, to: "\(folder)/copy.db")
            #expect(report.faults.isEmpty && report.isThere && report.schemaVersion == 12)
            #expect(report.counts.first { $0.name == "tenants" }?.count == 1)
            #expect(report.counts.first { $0.name == "keys" }?.count == 1)
            let audit = try await store.verifyAudit()
            #expect(report.audit == audit && audit.count == 2)
            #expect(names(folder) == ["copy.db"])
            #expect(Files.status("\(folder)/copy.db")?.mode == 0o600)
            // The copy has no write-ahead log. Source: https://www.sqlite.org/fileformat.html, bytes 18 and 19
            let bytes = try Data(contentsOf: URL(filePath: "\(folder)/copy.db"))
            #expect(bytes[18] == 1 && bytes[19] == 1 && Int64(bytes.count) == report.bytes)

            let restored = try Store.open(path: "\(folder)/copy.db", .existing)
            defer { restored.close() }
            #expect(try await restored.tenant(try TenantName("acme")).activeKeyCount == 1)
            #expect(restored.sessionSecret == store.sessionSecret)
        }
    }

    @Test func `a copy is consistent while others write, and they don't wait`() async throws {
        try await withFilledStore { store, folder in
            let path = store.path
            let writer = Task {
                var count = 0
                while !Task.isCancelled {
                    let name = try TenantName("t\(count)")
                    try await store.writing { write throws(StoreError) in _ = try write.createTenant(name) }
                    count += 1
                }
                return count
            }
            for index in 0..<5 {
                let report = try Store.backUp(path, to: "\(folder)/copy-\(index).db")
                #expect(report.faults.isEmpty, "\(report.faults)")
                let tenants = report.counts.first { $0.name == "tenants" }?.count ?? 0
                #expect(report.audit.map { Int64($0.count) } == tenants + 1)
                await Task.yield()
            }
            writer.cancel()
            #expect(try await writer.value > 0)
        }
    }

    @Test func `an existing file is replaced only on request, and a link instead of its target`()
        async throws
    {
        try await withFilledStore { store, folder in
            let file = "\(folder)/copy.db"
            try Data("mine".utf8).write(to: URL(filePath: file))
            #expect(failure(store, file)?.kind == .conflict)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
            #expect(symlink(file, "\(folder)/link.db") == 0)
            #expect(failure(store, "\(folder)/link.db")?.kind == .conflict)
            var options = Store.BackupOptions()
            options.isReplacing = true
            #expect(try Store.backUp(store.path, to: "\(folder)/link.db", options).isThere)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
            #expect(try Store.backUp(store.path, to: file, options).faults.isEmpty)
            #expect(names(folder) == ["copy.db", "link.db"])
        }
    }

    @Test func `a copy never replaces the store, a folder or a device, nor is it put beside another log`()
        async throws
    {
        try await withFilledStore { store, folder in
            var options = Store.BackupOptions()
            options.isReplacing = true
            #expect(symlink(store.path, "\(folder)/link") == 0 && link(store.path, "\(folder)/twin") == 0)
            for file in [
                store.path, "\(store.path)-wal", "\(store.path)-shm", "\(folder)/./gateway.db",
                "\(folder)/link",
                "\(folder)/twin",
            ] {
                #expect(
                    failure(store, file, options)?.message.contains("is the store itself") == true,
                    "\(file)"
                )
            }
            #expect(failure(store, folder, options)?.message.hasSuffix("is a folder") == true)
            #expect(failure(store, "/dev/null", options)?.message == "/dev/null is not a regular file")
            try Data("log".utf8).write(to: URL(filePath: "\(folder)/new.db-wal"))
            #expect(
                failure(store, "\(folder)/new.db", options)?.message.contains("another database's log")
                    == true
            )
            #expect(failure(store, "\(folder)/none/a.db")?.message.contains("\(folder)/none") == true)
            #expect(failure(store, "")?.kind == .invalid)
            #expect(names(folder) == ["link", "new.db-wal", "twin"])
            #expect(try await store.verifyAudit().count == 2)
        }
        let missing = #expect(throws: StoreError.self) { try Store.backUp("/nowhere/x.db", to: "/tmp/y.db") }
        #expect(missing?.message == "there is no store at /nowhere/x.db")
    }

    @Test func `a full disk leaves no part of the copy`() async throws {
        try await withFilledStore { store, folder in
            var options = Store.BackupOptions()
            options.pagesMax = 3
            let error = failure(store, "\(folder)/copy.db", options)
            #expect(error?.kind == .failed && error?.hint.contains("disk full") == true)
            #expect(names(folder).isEmpty)
        }
    }

    @Test func `a folder without write permission is named in the error`() async throws {
        try await withFilledStore { store, folder in
            mkdir("\(folder)/shut", 0o555)
            chmod(folder, 0o777)
            for name in ["gateway.db", "gateway.db-wal", "gateway.db-shm"] {
                chmod("\(folder)/\(name)", 0o666)
            }
            let (path, file) = (store.path, "\(folder)/shut/copy.db")
            await #expect(processExitsWith: .success) { [path = path as String, file = file as String] in
                if getuid() == 0, setuid(65_534) != 0 { exit(3) }
                do throws(StoreError) {
                    _ = try Store.backUp(path, to: file)
                    exit(1)
                } catch {
                    exit(error.message.contains("no file can be made in") ? 0 : 2)
                }
            }
        }
    }

    @Test func `a copy of a faulty store is kept only on request`() async throws {
        try await withFilledStore { store, folder in
            let vandal = try Connection.open(path: store.path)
            try vandal.execute("DROP TRIGGER audit_is_kept; DELETE FROM audit WHERE id = 1")
            let report = try Store.backUp(store.path, to: "\(folder)/copy.db")
            #expect(!report.isThere && names(folder).isEmpty)
            #expect(report.faults == ["its schema lacks: trigger audit_is_kept of audit"])
            var options = Store.BackupOptions()
            options.isKeepingFaulty = true
            #expect(try Store.backUp(store.path, to: "\(folder)/copy.db", options).isThere)
            #expect(names(folder) == ["copy.db"])
        }
    }

    struct Hostile: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let says: String
    }

    @Test(arguments: [
        Hostile(
            testDescription: "nothing",
            sql: "PRAGMA user_version = \(SQLiteSchema.migrations.count)",
            says: ""
        ),
        Hostile(
            testDescription: "a table that is a view without an end",
            sql: """
                PRAGMA foreign_keys=OFF; DROP TABLE tenant;
                CREATE VIEW tenant AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n
                """,
            says: "its schema has what the gateway doesn't make: view tenant"
        ),
        Hostile(
            testDescription: "one more trigger",
            sql: "CREATE TRIGGER x AFTER INSERT ON tenant BEGIN DELETE FROM permission; END",
            says: "its schema has what the gateway doesn't make: trigger x"
        ),
        Hostile(
            testDescription: "another trigger of a known name",
            sql:
                "DROP TRIGGER audit_is_kept; CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT 1; END",
            says: "its schema differs from the gateway's in: trigger audit_is_kept"
        ),
        Hostile(
            testDescription: "a later version",
            sql: "PRAGMA user_version = 99",
            says: "schema version 99"
        ),
        Hostile(
            testDescription: "another program's",
            sql: "PRAGMA application_id = 7",
            says: "of another program"
        ),
        Hostile(
            testDescription: "a row without its parent",
            sql: "PRAGMA foreign_keys=OFF; DELETE FROM tenant",
            says: "belongs to a row of tenant that is gone"
        ),
        Hostile(
            testDescription: "an edited event",
            sql: """
                DROP TRIGGER audit_stays; UPDATE audit SET actor = 'cli:other' WHERE id = 2;
                CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN
                    SELECT raise(ABORT, 'the audit log is append-only');
                END
                """,
            says: "the audit log: event 2 was edited"
        ),
    ])
    func `a copy that was tampered with is recognized, and left unchanged`(_ row: Hostile)
        async throws
    {
        try await withFilledStore { store, folder in
            let file = "\(folder)/copy?#%41.db"
            _ = try Store.backUp(store.path, to: file)
            let maker = try Connection.open(path: file, access: .readWrite)
            try maker.execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE")
            try maker.execute(row.sql)
            let before = try Data(contentsOf: URL(filePath: file))
            let report = try Store.checkBackup(file)
            #expect(
                row.says.isEmpty ? report.faults.isEmpty : report.faults.contains { $0.contains(row.says) }
            )
            #expect(try Data(contentsOf: URL(filePath: file)) == before)
            #expect(names(folder) == ["copy?#%41.db"])
        }
    }

    @Test func `damage is found, and a copy beside a log is refused`() async throws {
        try await withFilledStore { store, folder in
            let file = "\(folder)/copy.db"
            _ = try Store.backUp(store.path, to: file)
            let whole = try Data(contentsOf: URL(filePath: file))
            var random = SystemRandomNumberGenerator()
            for index in 0..<60 {
                var bytes = whole
                if index % 3 == 0 {
                    bytes = bytes.prefix(Int.random(in: 100..<whole.count, using: &random))
                } else {
                    for _ in 0..<50 {
                        bytes[Int.random(in: 100..<whole.count, using: &random)] = .random(in: 0...255)
                    }
                }
                try bytes.write(to: URL(filePath: "\(folder)/damaged.db"))
                // Changes in unused bytes may go unnoticed, but nothing may crash or hang.
                _ = try? Store.checkBackup("\(folder)/damaged.db")
            }
            try whole.prefix(whole.count / 2).write(to: URL(filePath: "\(folder)/damaged.db"))
            #expect(try !Store.checkBackup("\(folder)/damaged.db").faults.isEmpty)

            try Data("log".utf8).write(to: URL(filePath: "\(file)-wal"))
            #expect(try Store.checkBackup(file).faults.first?.contains("lies beside it") == true)
            #expect(try Store.checkBackup(store.path).faults.first?.contains("a store in use") == true)
            try Data("no database".utf8).write(to: URL(filePath: "\(folder)/text"))
            for path in ["\(folder)/text", folder, "/dev/zero", "\(folder)/none"] {
                #expect(throws: StoreError.self, "\(path)") { try Store.checkBackup(path) }
            }
        }
    }

    @Test func `a copy of an older store is complete too`() async throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/old.db"
            do {
                let old = try Connection.open(path: path)
                for migration in SQLiteSchema.migrations.prefix(2) { try old.execute(migration) }
                try old.execute("INSERT INTO secret (name, value) VALUES ('session', zeroblob(32))")
                try old.setApplicationID(0x6D67_7731)
                try old.setUserVersion(2)
            }
            let report = try Store.backUp(path, to: "\(folder)/copy.db")
            #expect(
                report.faults.isEmpty && report.schemaVersion == 2 && report.audit == nil,
                "\(report.faults)"
            )
        }
    }
}
