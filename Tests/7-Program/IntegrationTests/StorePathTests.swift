import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// A store that is moved, removed or replaced while a gateway runs.
struct StorePathTests {
    private static func all(_ path: String) -> [String] { ["", "-wal", "-shm"].map { path + $0 } }

    private static func count(_ text: String, in log: String) -> Int {
        log.components(separatedBy: text).count - 1
    }

    @Test func `a removed store is an error in the log and at readyz, and no change is acknowledged`()
        async throws
    {
        try await Mall.with { mall in
            let (gateway, workspace) = (mall.gateway, mall.gateway.workspace)
            let token = try await mall.people.command("admin-token", "issue", "--role", "operator")
            let admin = gateway.admin(String(token.prefix { !$0.isWhitespace }))
            let key = try await mall.key().key
            #expect(try await admin.post("/tenants", ["name": "kept"]).status == 201)
            for path in Self.all(workspace.store) { unlink(path) }

            let ghost = try await admin.post("/tenants", ["name": "ghost"])
            #expect(ghost.status == 503)
            #expect(ghost.text.contains("was removed") && ghost.text.contains("restart"))
            for port in [gateway.adminPort, gateway.agentsPort] {
                let ready = try await gateway.get("/readyz", port: port)
                #expect(ready.status == 503)
                #expect(ready.text.contains("removed or replaced") && !ready.text.contains(workspace.folder))
            }
            #expect(try await gateway.get("/health", port: gateway.agentsPort).status == 503)
            #expect(try await gateway.get("/healthz", port: gateway.agentsPort).status == 200)
            let status = try JSONValue(
                parsing: try await gateway.get("/status", port: gateway.adminPort).text
            )
            #expect(status["store"]?["error"]?.stringValue?.contains("was removed") == true)
            // The settings in force stay in force: agents don't depend on the disk.
            let agent = Agent(port: gateway.agentsPort, key: key, era: .modern)
            for _ in 0..<3 { #expect(try await agent.call("shop___look").status == 200) }
            try await gateway.program.wait(for: "the log line") { $0.err.contains("was removed while") }

            let list = try await mall.people.run(["tenant", "list"])
            #expect(list.status == 1 && list.out.isEmpty)
            #expect(list.err.contains("there is no store at"))
            let create = try await mall.people.run(["tenant", "create", "ghost"])
            #expect(create.status == 1 && create.err.contains("process id \(gateway.program.pid)"))
            let doctor = try await mall.people.run(["doctor"])
            #expect(doctor.status == 1 && doctor.out.contains("still has it open"))
            #expect(!FileManager.default.fileExists(atPath: workspace.store))
            // One line of the watcher, one of the writer, and one more if the watcher looked between two removals.
            #expect(Self.count("was removed while the store was open", in: gateway.log) <= 3)
            #expect(Self.count("\"level\":\"error\"", in: gateway.log) <= 4)
        }
    }

    @Test func `a store that is moved away and back continues to be used`() async throws {
        try await Mall.with { mall in
            let (gateway, workspace) = (mall.gateway, mall.gateway.workspace)
            let aside = "\(workspace.folder)/aside.db"
            let key = try await mall.key().key
            for (from, to) in zip(Self.all(workspace.store), Self.all(aside)) { rename(from, to) }
            try await eventually("it is not ready", seconds: 10) {
                try await gateway.get("/readyz", port: gateway.adminPort).status == 503
            }
            for (from, to) in zip(Self.all(aside), Self.all(workspace.store)) { rename(from, to) }
            #expect(try await gateway.get("/readyz", port: gateway.adminPort).status == 200)
            try await mall.people.command("tenant", "create", "after")
            let agent = Agent(port: gateway.agentsPort, key: key, era: .modern)
            #expect(try await agent.call("shop___look").status == 200)
        }
    }

    @Test
    func `when another store takes its place commands change nothing, and a restart serves the new one`()
        async throws
    {
        try await Mall.with { mall in
            let workspace = mall.gateway.workspace
            let backup = "\(workspace.folder)/backup.db"
            try await mall.people.command("tenant", "create", "old")
            let key = try await mall.key("old").key
            // A backup of everything written so far, and a change after it.
            let copied = try await run(
                [
                    "\(try Programs.python)", "-c",
                    "import sqlite3,sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))",
                    workspace.store, backup,
                ]
            )
            #expect(copied.status == 0, "\(copied.err)")
            try await mall.people.command("tenant", "create", "new")
            for path in Self.all(workspace.store) { unlink(path) }
            rename(backup, workspace.store)

            #expect(try await mall.people.command("tenant", "list").contains("old"))
            let refused = try await mall.people.run(["tenant", "create", "ghost"])
            #expect(refused.status == 1 && refused.err.contains("has another file open"))
            let listed = try await mall.people.command("tenant", "list")
            #expect(!listed.contains("ghost"))
            try await mall.gateway.program.wait(for: "the log line") {
                $0.err.contains("was replaced by another file")
            }
            mall.gateway.program.signal(SIGTERM)
            #expect(try await mall.gateway.program.end(seconds: 20).status == 0)
            #expect(try await mall.people.command("tenant", "list").contains("old"))
            try await workspace.run { restarted in
                let agent = Agent(port: restarted.agentsPort, key: key, era: .modern)
                #expect(try await agent.call("shop___look").status == 200)
                try await mall.people.command("tenant", "create", "next")
            }
        }
    }

    @Test func `commands that read create no store, those that add something do`() async throws {
        try await withWorkspace { workspace in
            for words in [
                ["tenant", "list"], ["target", "list"], ["key", "revoke", "abcd1234"], ["audit", "verify"],
                ["target", "refresh"], ["limit", "list"], ["admin-token", "list"], ["usage"],
            ] {
                let output = try await workspace.run(words + ["--config", workspace.config])
                #expect(output.status == 1, "\(words)")
                #expect(
                    output.err.contains("there is no store at \(workspace.store)"),
                    "\(words): \(output.err)"
                )
            }
            let doctor = try await workspace.run(["doctor", "--config", workspace.config])
            #expect(doctor.out.contains("there is none at \(workspace.store)"))
            #expect(!FileManager.default.fileExists(atPath: workspace.store))
            try await workspace.command("tenant", "create", "acme")
            #expect(try await workspace.command("tenant", "list").contains("acme"))
        }
    }
}
