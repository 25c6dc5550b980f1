@testable import AdminCLI
import JSON
import Testing
import System

/// The audit log, admin tokens and usage.
struct AuditVerbTests {
    @Test func `the audit log names the operating system's user, whatever the environment says`() async throws
    {
        try await withCommandLine(environment: ["USER": "mallory", "LOGNAME": "mallory"]) { cli in
            _ = await cli.run("tenant", "create", "acme", "--title", "A")
            _ = await cli.run("tenant", "update", "acme", "--title", "B")
            let events = await cli.run("audit", "list", "-o", "json").json["events"]
            #expect(events?[0]?["actor"] == .string("cli:\(UserName.own)"))
            #expect(events?[0]?["action"] == "tenant.update" && events?[0]?["after"]?["title"] == "B")
            let table = await cli.run("audit", "list").out
            #expect(!table.contains("mallory") && table.contains("title=B"))
            #expect(
                table.contains("tenant.create  tenant:acme  name=acme title=A state=active\n"),
                "\(table)"
            )
            #expect(!table.contains("title=B name=acme"), "only what became different")
            #expect(await cli.run("audit", "list", "--limit", "1").out.split(separator: "\n").count == 2)
            #expect(
                await cli.run("audit", "list", "--action", "tenant.c", "--since", "1h").out.contains(
                    "tenant.create"
                )
            )
            #expect(await cli.run("audit", "list", "--object", "target:x").err.hasPrefix("no such events"))
        }
    }

    @Test func `an intact audit log verifies, and an edited one doesn't`() async throws {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            _ = await cli.run("tenant", "create", "bolt")
            let whole = await cli.run("audit", "verify")
            #expect(
                whole.status == 0 && whole.out.hasPrefix("the audit log is whole: 2 events, the last with")
            )
            let kept = await cli.run("audit", "verify", "-o", "json").json["headHash"]
            _ = await cli.run("tenant", "create", "cove")
            let events = await cli.run("audit", "list", "-o", "json").json["events"]
            #expect(kept != nil && events?[1]?["hash"] == kept, "a hash that was kept is found again")
            #expect(events?[0]?["hash"] != kept)
            try cli.tamper("UPDATE audit SET actor = 'cli:nobody' WHERE id = 1")
            let edited = await cli.run("audit", "verify")
            #expect(
                edited.status == 1 && edited.out.contains("event 1 was edited"),
                "\(edited.out)\(edited.err)"
            )
            let json = await cli.run("audit", "verify", "-o", "json")
            #expect(json.status == 1 && json.json["ok"] == false)
        }
    }

    @Test func `an admin token is printed once, alone, and never again`() async throws {
        try await withCommandLine { cli in
            let issued = await cli.run("admin-token", "issue", "ci", "--role", "operator", "--expires", "90d")
            #expect(issued.status == 0, "\(issued.err)")
            let token = issued.out.dropLast()
            #expect(token.hasPrefix("mgwa_") && issued.out.split(separator: "\n").count == 1)
            #expect(
                issued.err.contains("admin token ci, operator, works until") && !issued.err.contains(token)
            )
            let json = await cli.run("admin-token", "issue", "board", "--role", "viewer", "-o", "json")
            #expect(json.json["token"]?.stringValue?.hasPrefix("mgwa_") == true && json.err.isEmpty)
            let twice = await cli.run("admin-token", "issue", "ci", "--role", "viewer")
            #expect(twice.status == 1 && twice.err.contains("already"))

            let list = await cli.run("admin-token", "list", "-o", "json")
            #expect(
                list.json["tokens"]?[0]?["role"] == "operator" && list.json["tokens"]?[0]?["token"] == nil
            )
            let audit = await cli.run("audit", "list", "-o", "json").out
            #expect(!list.out.contains(token) && !audit.contains(token))
            _ = await cli.run("admin-token", "revoke", "ci", "--dry-run")
            #expect(await cli.run("admin-token", "list").out.contains("active"))
            #expect(await cli.run("admin-token", "revoke", "ci").out == "revoked admin token ci, operator\n")
            #expect(
                await cli.run("admin-token", "list", "-o", "json").json["tokens"]?[0]?["state"] == "revoked"
            )
            let whole = await cli.run(words: ["admin-token", "revoke", String(token)])
            #expect(whole.status == 64 && !whole.err.contains(token))
            #expect(
                await cli.run("admin-token", "issue", "x", "--role", "viewer", "--url", "https://h").status
                    == 64
            )
        }
    }

    @Test func `an admin token expires after 90 days, unless it's issued to never expire`() async throws {
        let nowMs: Int64 = 1_800_000_000_000
        try await withCommandLine(nowMs: { nowMs }) { cli in
            let left = await cli.run("admin-token", "issue", "a", "--role", "viewer", "-o", "json")
            #expect(left.json["expiresAtMs"] == .int(Int(nowMs) + 90 * 86_400_000))
            let said = await cli.run("admin-token", "issue", "b", "--role", "viewer")
            #expect(said.err.contains(", works until 2027-04-15 08:00:00Z;"))
            let never = await cli.run("admin-token", "issue", "c", "--role", "viewer", "--expires", "never")
            #expect(never.err.contains("admin token c, viewer, works for ever; it is not shown again"))
            let list = await cli.run("admin-token", "list")
            let lines = list.out.split(separator: "\n")
            #expect(lines.last?.hasSuffix("never") == true && lines[1].hasSuffix("2027-04-15 08:00:00Z"))
            let json = await cli.run("admin-token", "list", "-o", "json").json
            #expect(json["tokens"]?[2]?["expiresAtMs"] == .null && json["tokens"]?[2]?["state"] == "active")
            #expect(
                await cli.run("admin-token", "issue", "d", "--role", "viewer", "--expires", "").status == 64
            )
        }
    }

    @Test func `usage without recorded calls says who records them`() async throws {
        try await withCommandLine { cli in
            for grouping in ["tenant", "target", "tool", "day", "key,month"] {
                let table = await cli.run("usage", "--by", grouping, "--since", "7d")
                #expect(table.status == 0 && table.err.hasPrefix("no calls were recorded"))
            }
            let json = await cli.run("usage", "--since", "2026-11-21", "-o", "json")
            #expect(json.json["by"] == "tenant" && json.json["since"] == "2026-11-21")
            #expect(json.json["usage"] == [] && json.json["total"]?["calls"] == 0)
        }
    }

    @Test func `empty lists say what to do next`() async throws {
        try await withCommandLine { cli in
            for noun in ["permission", "subscription", "limit"] {
                let table = await cli.run(noun, "list")
                #expect(table.status == 0 && table.out.isEmpty && table.err.contains("`mcp-gateway \(noun) "))
                #expect(await cli.run(noun, "list", "-o", "json").out == "{\"\(noun)s\":[]}\n")
            }
            #expect(await cli.run("admin-token", "list").err.contains("admin-token issue"))
            #expect(await cli.run("admin-token", "list", "-o", "json").out == "{\"tokens\":[]}\n")
        }
    }

    @Test(arguments: [
        ["tenant", "create", "acme", "--title", "\u{1B}]0;owned\u{07}"],
        ["tenant", "create", "acme\u{202E}"], ["tenant", "show", "\u{1B}[2J"],
        ["permission", "allow", "acme", "x\u{200B}y"], ["permission", "explain", "acme", "a___\u{1B}[31m"],
        ["subscription", "request", "acme", "'; DROP TABLE tenant; --"], ["subscription", "approve", "0"],
        ["limit", "set", "tenant-tool", "acme/\u{202E}___x", "--rate", "1/s"],
        ["limit", "remove", "tenant", "\u{1B}[2J"], ["tool", "approve", "\u{1B}___x"],
        ["tool", "quarantine", String(repeating: "x", count: 300)], ["key", "rotate", "\u{1B}[2J"],
        ["key", "rotate", "mgw_12345678_secret"], ["key", "revoke", "mgw_12345678_secret"],
        ["limit", "set", "key", "mgw_12345678_secret", "--rate", "1/s"],
        ["permission", "explain", "acme", "a___b", "--key", "mgw_12345678_secret"],
        ["limit", "remove", "key", "mgw_12345678_secret"], ["tenant", "create", "mgw_12345678_secret"],
        ["tenant", "create", "acme", "--label", "key=mgwa_12345678_secret"],
        ["key", "issue", "acme", "--name", "was mgw_12345678_secret"],
        ["audit", "list", "--actor", "mgwa_12345678_secret"],
        ["target", "show", ""], ["target", "show", ".."], ["tenant", "remove", "%2e%2e"],
        ["admin-token", "issue", "a\u{1B}b", "--role", "viewer"], ["admin-token", "revoke", "\u{1B}[2J"],
        ["usage", "--tenant", "\u{202E}"],
    ])
    func `hostile words are refused in lines that are safe to show`(words: [String]) async throws {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: words)
            #expect([1, 64].contains(outcome.status), "\(words) \(outcome.out)")
            #expect(outcome.out.isEmpty)
            #expect(outcome.err.hasPrefix("mcp-gateway") && outcome.err.hasSuffix("\n"))
            for line in outcome.err.split(separator: "\n") {
                #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
            }
            #expect(!outcome.err.contains("_secret"))
        }
    }
}
