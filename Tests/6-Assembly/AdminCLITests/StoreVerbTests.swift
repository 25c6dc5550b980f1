import FoundationEssentials
import JSON
import Testing

struct StoreVerbTests {
    @Test func `adding a target or changing its contract shows the event that its function will get`()
        async throws
    {
        try await withCommandLine { cli in
            let plain = await cli.run(
                "target",
                "add",
                "report",
                "--function",
                "report",
                "--contract",
                "mcp-wrapper"
            )
            #expect(plain.out.hasPrefix("added target report; `mcp-gateway target refresh report`"))
            #expect(
                plain.out.contains(#"is sent {"method":"tools/list"} (contract mcp-wrapper); "#)
            )
            let words = ["target", "add", "sums", "--function", "sums", "--contract", "jsonrpc"]
            let chosen = await cli.run(words: words)
            #expect(chosen.out.contains(#""method":"tools/list","params":{}} (contract jsonrpc); "#))
            let json = await cli.run("target", "show", "report", "-o", "json").json
            #expect(json["listRequest"] == #"{"method":"tools/list"}"#)
            let changed = await cli.run("target", "update", "report", "--contract", "jsonrpc")
            #expect(changed.out.contains("(contract jsonrpc)"))
            #expect(await !cli.run("target", "update", "report", "--timeout", "9s").out.contains("is sent"))
            let file = try cli.declareTools(["now"])
            let declared = await cli.run(
                "target",
                "add",
                "clock",
                "--function",
                "f",
                "--contract",
                "mcp-wrapper",
                "--tools",
                file
            )
            #expect(declared.out.hasSuffix("reads its tools\n"))
        }
    }

    @Test(arguments: [
        ("My_Func", "my-func"), ("arn:aws:lambda:eu-west-1:123456789012:function:MyFunc", "my-func"),
        ("gateway", "gateway-tools"),
    ])
    func `a name that can't be a target's is answered with one that can`(_ name: String, _ near: String)
        async throws
    {
        try await withCommandLine { cli in
            let refused = await cli.run("target", "add", name, "--function", "f", "--contract", "mcp-wrapper")
            #expect(refused.status == 64 && refused.err.contains(near), "\(refused.err)")
            #expect(
                await cli.run("target", "add", near, "--function", "f", "--contract", "mcp-wrapper").status
                    == 0
            )
        }
    }

    @Test func `a target is added, shown, changed, disabled, enabled and removed`() async throws {
        try await withCommandLine { cli in
            let added = await cli.run(
                "target",
                "add",
                "time",
                "--function",
                "mcp-time",
                "--contract",
                "mcp-wrapper",
                "--approval=open",
                "--region",
                "eu-west-1",
                "-o",
                "json"
            )
            #expect(added.status == 0 && added.err.isEmpty)
            #expect(added.json["name"] == "time")
            #expect(added.json["contract"] == "mcp-wrapper")
            #expect(added.json["approval"] == "open")
            #expect(added.json["timeoutMs"] == 60_000)
            #expect(added.json["enabled"] == true)
            #expect(added.json["refreshedAtMs"] == .null)

            let changed = await cli.run(
                "target",
                "update",
                "time",
                "--region=",
                "--timeout",
                "5s",
                "-o",
                "json"
            )
            #expect(changed.json["region"] == .null)
            #expect(changed.json["timeoutMs"] == 5_000)

            #expect(await cli.run("target", "disable", "time", "-o", "json").json["enabled"] == false)
            #expect(await cli.run("target", "list").out.contains("disabled"))
            #expect(await cli.run("target", "enable", "time", "-o", "json").json["enabled"] == true)
            let list = await cli.run("target", "list", "-o", "json")
            #expect(list.json["targets"]?[0]?["function"] == "mcp-time")
            #expect(list.json["targets"]?.arrayValue?.count == 1)
            #expect(await cli.run("target", "show", "time").out.contains("mcp-time"))

            let removed = await cli.run("target", "remove", "time", "-o", "json")
            #expect(removed.json == ["name": "time", "removed": true])
            let gone = await cli.run("target", "show", "time")
            #expect(gone.status == 1 && gone.out.isEmpty)
            #expect(gone.err.contains("there is no target time"))
        }
    }

    @Test func `functions as tools, a route and a role are declared in words, shown, and cleared`()
        async throws
    {
        try await withCommandLine { cli in
            func run(_ line: String) async -> CommandLine.Outcome {
                await cli.run(words: line.split(separator: " ").map { String($0) })
            }
            let role = "arn:aws:iam::123456789012:role/r"
            let added = await run(
                "target add many --contract function --tool a=fn-a --tool fn-b --route live=90,next=10 "
                    + "--role-arn \(role) --external-id id --log-tail all --caller-identity client-context"
            )
            #expect(added.status == 0, "\(added.err)")
            #expect(await run("target refresh many").status == 0)
            let tools = await run("tool list -o json").json["tools"]?.arrayValue ?? []
            #expect(tools.map { $0["name"] } == ["many___a", "many___fn_b"])
            #expect(tools.map { $0["function"] } == ["fn-a", "fn-b"])
            #expect(await run("tool show many___a").out.contains("own function  fn-a\n"))
            let shown = await run("target show many").out
            for (name, value) in [
                ("function", "each tool's own"), ("role", role), ("external id", "id"),
                ("route", "live=90, next=10"), ("log tail", "all"),
                ("caller's identity", "client-context"),
            ] {
                let line = shown.split(separator: "\n").first { $0.hasPrefix("\(name)  ") }
                #expect(line?.hasSuffix("  \(value)") == true, "\(shown)")
            }
            let changed = await run(
                "target update many --route= --role-arn= --log-tail off --caller-identity none"
            )
            #expect(changed.status == 0, "\(changed.err)")
            let plain = await run("target show many -o json").json
            #expect(plain["route"] == .null && plain["roleArn"] == .null && plain["externalId"] == .null)
            #expect(plain["logTail"] == "off" && plain["callerIdentity"] == "none")
            let refused = await run("target update many --tools=")
            #expect(refused.status != 0 && refused.err.contains("there is no function"), "\(refused.err)")
        }
    }

    @Test(arguments: [
        ["target", "add", "Bad Name", "--function", "f", "--contract", "mcp-wrapper"],
        ["target", "add", "a\u{1B}[31m", "--function", "f", "--contract", "mcp-wrapper"],
        ["target", "add", "ok", "--function", "no such:thing:x", "--contract", "mcp-wrapper"],
        ["target", "add", "ok", "--function", "f", "--contract", "grpc"],
        ["target", "add", "ok", "--function", "f"],
        ["target", "show", "../../etc"],
        ["tenant", "create", "Team A"],
        ["tenant", "create", "team", "--title", "a\nb"],
        ["key", "revoke", "mgw_12345678_secret"],
    ])
    func `malformed words are a misuse, shown in lines that are safe for a terminal`(words: [String])
        async throws
    {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: words)
            #expect(outcome.status == 64 && outcome.out.isEmpty)
            for line in outcome.err.split(separator: "\n") {
                #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 })
            }
            #expect(!outcome.err.contains("_secret"))
        }
    }

    @Test(arguments: [
        ["target", "add", "ok", "--function", "f", "--contract", "mcp-wrapper", "--tools", "/nonexistent"],
        ["target", "refresh", "nobody"],
        ["tool", "show", "a'; DROP TABLE tool; --"],
        ["tool", "list", "--target", "nobody"],
        ["key", "issue", "nobody"],
        ["key", "list", "nobody"],
    ])
    func `a refusal gives exit status 1 and one line on stderr that is safe to show`(words: [String])
        async throws
    {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: words)
            #expect(outcome.status == 1)
            #expect(outcome.out.isEmpty)
            #expect(outcome.err.hasPrefix("mcp-gateway: ") && outcome.err.hasSuffix("\n"))
            #expect(outcome.err.dropLast().unicodeScalars.allSatisfy { $0.value >= 0x20 })
            #expect(!outcome.err.contains("_secret"))
        }
    }

    @Test func `tenants are made, listed, suspended and resumed`() async throws {
        try await withCommandLine { cli in
            let made = await cli.run("tenant", "create", "team-a", "--title", "Team A", "-o", "json")
            #expect(made.json["name"] == "team-a" && made.json["title"] == "Team A")
            #expect(made.json["state"] == "active" && made.json["activeKeys"] == 0)
            #expect(await cli.run("tenant", "create", "team-a").status == 1)
            #expect(await cli.run("tenant", "suspend", "team-a", "-o", "json").json["state"] == "suspended")
            #expect(await cli.run("tenant", "list").out.contains("suspended"))
            #expect(await cli.run("tenant", "resume", "team-a", "-o", "json").json["state"] == "active")
            #expect(await cli.run("tenant", "show", "team-a").out.contains("Team A"))
            #expect(await cli.run("tenant", "list", "-o", "json").json["tenants"]?[0]?["id"] != nil)
        }
    }

    @Test func `a key is printed once, alone, and never again`() async throws {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "team")
            let issued = await cli.run(
                "key",
                "issue",
                "team",
                "--expires",
                "90d",
                "--allow",
                "time___*",
                "--allow=a*"
            )
            #expect(issued.status == 0)
            let key = issued.out.dropLast()
            #expect(key.hasPrefix("mgw_") && issued.out.split(separator: "\n").count == 1)
            #expect(issued.err.contains("not shown again") && !issued.err.contains(key))
            let prefix = String(key.dropFirst(4).prefix(8))

            let other = await cli.run("key", "issue", "team", "--name", "ci", "-o", "json")
            #expect(other.json["key"]?.stringValue?.hasPrefix("mgw_") == true)
            #expect(other.json["prefix"]?.stringValue?.count == 8)
            #expect(other.json["id"]?.intValue != nil && other.json["expiresAtMs"] == .null)
            #expect(other.err.isEmpty)

            let list = await cli.run("key", "list", "team", "-o", "json")
            #expect(list.json["keys"]?[0]?["allow"] == ["time___*", "a*"])
            #expect(list.json["keys"]?[0]?["key"] == nil)
            let table = await cli.run("key", "list")
            #expect(!list.out.contains(key) && !table.out.contains(key))

            let revoked = await cli.run("key", "revoke", prefix, "-o", "json")
            #expect(revoked.json["state"] == "revoked")
            #expect(await cli.run("tenant", "show", "team", "-o", "json").json["activeKeys"] == 1)
        }
    }

    @Test func `empty lists say what to do on stderr, and are empty arrays in JSON`() async throws {
        try await withCommandLine { cli in
            for (noun, member) in [
                ("target", "targets"), ("tool", "tools"), ("tenant", "tenants"), ("key", "keys"),
            ] {
                let table = await cli.run(noun, "list")
                #expect(table.status == 0 && table.out.isEmpty && table.err.contains("yet"))
                let more = noun == "target" ? ",\"fileFaults\":[]" : ""
                #expect(await cli.run(noun, "list", "-o", "json").out == "{\"\(member)\":[]\(more)}\n")
            }
        }
    }

    @Test func `config check names every fault with its line`() async throws {
        let config = "[agents]\nlisten = 3000\n[stor]\npath = \"x\"\n"
        try await withCommandLine(config: config) { cli in
            let table = await cli.run("config", "check")
            #expect(table.status == 1)
            #expect(table.out.split(separator: "\n").count == 2)
            #expect(table.out.contains("gateway.toml:2: agents.listen"))
            let json = await cli.run("config", "check", "-o", "json").json
            #expect(json["ok"] == false)
            #expect(json["faults"]?[0]?["line"] == 2 && json["faults"]?[0]?["key"] == "agents.listen")
            let list = await cli.run("target", "list")
            #expect(list.status == 1 && list.err.contains("agents.listen"))
        }
    }

    @Test func `config check reads the target files too`() async throws {
        try await withCommandLine { cli in
            #expect(await cli.run("config", "check", "-o", "json").json["ok"] == true)
            let folder = URL(filePath: "\(cli.folder)/targets/bad")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("[target]\n".utf8).write(to: folder.appending(path: "target.toml"))
            let outcome = await cli.run("config", "check")
            #expect(outcome.status == 1 && outcome.out.contains("bad/target.toml"))
        }
    }

    @Test func `config show says where each value comes from, and hides secrets`() async throws {
        let config = """
            [admin]
            listen = "127.0.0.1:0"
            [local_lambda]
            access_key_id = "${LOCAL_ID}"
            secret_access_key = "${LOCAL_SECRET}"
            """
        let environment = ["LOCAL_ID": "hunter-id", "LOCAL_SECRET": "hunter-secret", "LOG_LEVEL": "debug"]
        try await withCommandLine(environment: environment, config: config) { cli in
            let json = await cli.run("config", "show", "-o", "json")
            #expect(json.status == 0 && !json.out.contains("hunter"))
            let settings = json.json["settings"]?.arrayValue ?? []
            let level = settings.first { $0["key"] == "level" }
            #expect(level?["origin"] == "env LOG_LEVEL")
            let table = await cli.run("config", "show")
            #expect(table.out.contains("agents.listen") && table.out.contains("<redacted>"))
            #expect(!table.out.contains("hunter"))
        }
    }

    @Test func `the serving verbs get the configuration, and their exit status is the program's`()
        async throws
    {
        try await withCommandLine { cli in
            #expect(await cli.run("serve", "--local").status == 7)
            #expect(await cli.run("serve").status == 7)
            #expect(await cli.run("lambda", "serve").status == 8)
            #expect(
                cli.servedWith == [
                    "serve 127.0.0.1:3000 local=true", "serve 127.0.0.1:3000 local=false",
                    "lambda 127.0.0.1:9001",
                ]
            )
            #expect(await cli.run("serve", "--config", "/nonexistent.toml").status == 1)
        }
    }

    @Test func `both forms of version agree`() async throws {
        try await withCommandLine { cli in
            let one = await cli.run("--version"), other = await cli.run("version", "-o", "json")
            #expect(one.status == 0)
            #expect(one.out == "mcp-gateway \(other.json["version"]?.stringValue ?? "")\n")
        }
    }
}
