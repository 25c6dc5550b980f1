@testable import AdminCLI
import FoundationEssentials
import JSON
import SQLite
import Testing

struct BackupVerbTests {
    @Test func `a backup lists its contents, and can be checked later`() async throws {
        try await withCommandLine { cli in
            for name in ["a", "b"] { _ = await cli.run("tenant", "create", name) }
            let file = "\(cli.folder)/copy.db"
            let made = await cli.run("backup", file)
            #expect(made.status == 0, "\(made.err)")
            let head = await cli.run("audit", "verify", "-o", "json").json["headHash"]?.stringValue ?? "-"
            #expect(made.out.contains("tenants         2\n"), "\(made.out)")
            #expect(made.out.contains("audit head      event 2, \(head)\n"))
            let checked = await cli.run("backup", "check", file, "-o", "json")
            #expect(checked.status == 0 && checked.json["ok"] == true && checked.json["kept"] == true)
            #expect(checked.json["tenants"] == 2 && checked.json["auditEvents"] == 2)
            #expect(checked.json["headHash"]?.stringValue == head && checked.json["schemaVersion"] == 12)

            let again = await cli.run("backup", file)
            #expect(again.status == 1 && again.out.isEmpty && again.err.contains("replace it with --force"))
            #expect(await cli.run("backup", file, "--force", "-o", "json").json["ok"] == true)
            let own = await cli.run("backup", "\(cli.folder)/var/gateway.db", "--force")
            #expect(own.status == 64 && own.err.contains("is the store itself"))
        }
    }

    @Test func `the check of a store in use shows no schema version, as none was read`() async throws {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "a")
            let file = "\(cli.folder)/copy.db"
            _ = await cli.run("backup", file)
            try Data("log".utf8).write(to: URL(filePath: "\(file)-wal"))
            let checked = await cli.run("backup", "check", file)
            #expect(checked.status == 1 && checked.err.contains("a store in use"))
            #expect(checked.out.contains("schema version  –\n"), "\(checked.out)")
            #expect(await cli.run("backup", "check", file, "-o", "json").json["schemaVersion"] == .null)
        }
    }

    @Test func `a store or a copy with faults gives exit status 1 and the reason`() async throws {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "a")
            let file = "\(cli.folder)/copy.db"
            try cli.tamper("UPDATE audit SET actor = 'x' || char(27) WHERE id = 1")
            let refused = await cli.run("backup", file)
            #expect(refused.status == 1 && refused.out.contains("the copy was removed again"))
            #expect(refused.err.contains("fault: its schema lacks: trigger audit_is_kept of audit"))
            #expect(!FileManager.default.fileExists(atPath: file))
            let kept = await cli.run("backup", file, "--keep-faulty", "-o", "json")
            #expect(kept.status == 1 && kept.json["kept"] == true && kept.json["ok"] == false)
            #expect(await cli.run("backup", "check", file).status == 1)
            for path in ["\(cli.folder)/none", cli.folder, "\(cli.folder)/gateway.toml"] {
                let outcome = await cli.run("backup", "check", path)
                #expect(outcome.status == 1 && outcome.out.isEmpty && !outcome.err.isEmpty)
            }
        }
        try await withCommandLine(hasStore: false) { cli in
            #expect(await cli.run("backup", "\(cli.folder)/x").err.contains("there is no store at"))
        }
    }
}
