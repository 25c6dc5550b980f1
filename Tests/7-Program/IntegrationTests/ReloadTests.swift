import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// `mcp-gateway reload` and SIGHUP: what is applied, what needs a restart, what is faulty, and that each is reported.
struct ReloadTests {
    private func texts(_ value: JSONValue?) -> [String] {
        (value?.arrayValue ?? []).compactMap { $0.stringValue }
    }

    private func status(_ gateway: GatewayProcess) async throws -> JSONValue {
        try JSONValue(parsing: try await gateway.get("/status", port: gateway.adminPort).text)
    }

    /// The number of tools on the first page, and the status for a Host of another name.
    private func seen(_ gateway: GatewayProcess, _ agent: Agent) async throws -> (tools: Int, host: Int) {
        let client = try RawClient(port: gateway.agentsPort)
        defer { client.close() }
        client.send("GET /mcp HTTP/1.1\r\nHost: other.example\r\n\r\n")
        let host = try await client.readResponse().status
        return (try await agent.list().result?["tools"]?.arrayValue?.count ?? -1, host)
    }

    @Test
    func `settings that can be reloaded are in force at once, on every listener, and the others are named`()
        async throws
    {
        try await withGateway(local: true, targets: [.function("pages")]) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            let agent = try await gateway.agent()
            try await gateway.awaitTool("pages___tool_00", agent)
            #expect(try await seen(gateway, agent).host == 403)
            try workspace.write(settings: [
                "agents": "allowed_hosts = [\"other.example\"]\nidle_timeout = \"9s\"",
                "defaults": "page_size = 2\nstream_bytes_max = 8388608", "server": "drain_timeout = \"1s\"",
                "limits": Mall.patience + "\nfailure_rate = 7",
            ])
            let answer = try await workspace.json("reload")
            let server = answer["servers"]?[0]
            #expect(
                texts(server?["applied"]) == [
                    "agents.allowed_hosts", "defaults.page_size", "defaults.stream_bytes_max",
                    "limits.failure_rate", "server.drain_timeout",
                ],
                "\(answer.text)"
            )
            #expect(texts(server?["needsRestart"]) == ["agents.idle_timeout"])
            #expect(server?["ok"] == true && server?["faults"]?.arrayValue?.isEmpty == true)
            for _ in 0..<6 {
                let now = try await seen(gateway, agent)
                #expect(now.tools == 2 && now.host == 401)
            }
            let client = try RawClient(port: gateway.adminPort)
            client.send("GET /metrics HTTP/1.1\r\nHost: other.example\r\n\r\n")
            #expect(try await client.readResponse().status == 200)
            client.close()
            let settings = try await status(gateway)["settings"]
            #expect(texts(settings?["needsRestart"]) == ["agents.idle_timeout"])
            // The log says the same; after a second reload it says that nothing has changed.
            let line =
                "reloaded: applied agents.allowed_hosts, defaults.page_size, defaults.stream_bytes_max, "
                + "limits.failure_rate, server.drain_timeout; needs a restart: agents.idle_timeout"
            #expect(gateway.log.contains("info \(line)"), "\(gateway.log)")
            #expect(
                try await workspace.command("reload") == "reloaded: needs a restart: agents.idle_timeout\n"
            )
            let events = try await workspace.json("audit", "list")
            #expect(events["events"]?[0]?["action"] == "server.reload")
        }
    }

    @Test func `the log's level changes with a reload, and with SIGHUP too`() async throws {
        try await withGateway { (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            try workspace.write(settings: ["log": "format = \"text\""])
            let text = try String(contentsOfFile: workspace.config, encoding: .utf8)
            try text.replacing("level = \"debug\"", with: "level = \"warning\"")
                .write(toFile: workspace.config, atomically: true, encoding: .utf8)
            gateway.program.signal(SIGHUP)
            try await eventually("the settings are applied") {
                try await status(gateway)["settings"]?["result"] == "reloaded: applied log.level"
            }
            // Nothing is logged at info or debug any more.
            let before = gateway.log
            _ = try await workspace.command("reload")
            #expect(gateway.log == before)
            try text.write(toFile: workspace.config, atomically: true, encoding: .utf8)
            #expect(try await workspace.command("reload") == "reloaded: applied log.level\n")
            try await gateway.program.wait(for: "the line") {
                $0.err.hasSuffix("reloaded: applied log.level\n")
            }
        }
    }

    @Test(arguments: [
        ("nonsense\n", "gateway.toml:", "not valid TOML"),
        ("\n[log]\nformat = \"xml\"\n", "log.format", "json"),
        ("\n[aws]\naccess_key_id = \"${NO_SUCH}\"\nsecret_access_key = \"${NO_SUCH}\"\n", "NO_SUCH", "aws."),
    ])
    func `a faulty gateway.toml changes nothing, and the fault is shown with file, line and key`(
        _ more: String,
        _ word: String,
        _ other: String
    ) async throws {
        try await withGateway { (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            let agent = try await gateway.agent()
            let text = try String(contentsOfFile: workspace.config, encoding: .utf8)
                .replacing(
                    "[log]\nlevel = \"debug\"\n",
                    with: more.contains("[log]") ? "" : "[log]\nlevel = \"debug\"\n"
                )
            try (text + more).write(toFile: workspace.config, atomically: true, encoding: .utf8)
            try workspace.addTargetFile("late", "[target]\nfunction = \"late\"\ncontract = \"mcp-wrapper\"\n")
            let output = try await workspace.run(["reload", "--config", workspace.config])
            #expect(output.status == 1)
            let said = output.out + output.err
            #expect(said.contains(word) && said.contains(other) && said.contains("gateway.toml:"), "\(said)")
            gateway.program.signal(SIGHUP)
            try await gateway.program.wait(for: "the refusal") {
                $0.err.contains("reload failed, all stays as it was: ")
            }
            #expect(gateway.log.contains(word))
            #expect(try await agent.list().status == 200)
            #expect(try await status(gateway)["settings"]?["ok"] == false)
            #expect(try await gateway.get("/readyz", port: gateway.adminPort).status == 200)
            let targets = try await status(gateway)["targets"]
            #expect(targets?.arrayValue?.isEmpty == true)
        }
    }

    @Test func `one faulty target file affects only its own target, at a reload and at the start`()
        async throws
    {
        try await withWorkspace(targets: [.function("pages"), .function("rpc")]) {
            (workspace: Workspace) async throws -> Void in
            let good = try String(
                contentsOfFile: "\(workspace.folder)/targets/pages/target.toml",
                encoding: .utf8
            )
            try await workspace.run(local: true) { (gateway: GatewayProcess) async throws -> Void in
                let agent = try await gateway.agent()
                try await gateway.awaitTool("pages___tool_00", agent)
                try await gateway.awaitTool("rpc___add", agent)
                try workspace.addTargetFile("pages", good + "\n[target.x]\n")
                try workspace.addTargetFile(
                    "never",
                    "[target]\nfunction = \"f\"\ncontract = \"smoke-signals\"\n"
                )
                try workspace.add(.function("faults"))
                let output = try await workspace.run(["reload", "--config", workspace.config])
                #expect(output.status == 1, "\(output.out)")
                for word in [
                    "1 added", "1 kept", "never/target.toml:3: target.contract: ",
                    "pages/target.toml:",
                ] {
                    #expect(output.out.contains(word), "\(output.out)")
                }
                try await gateway.awaitTool("faults___process", agent)
                // The faulty target continues as it was, with its function.
                #expect(try await agent.call("pages___tool_00").text == "tool_00")
                try await gateway.program.wait(for: "the faults") {
                    $0.err.contains("error the target stays as it was target=")
                        && $0.err.contains("error the target is not served target=")
                }
                try await expectSaid(workspace, try await status(gateway))
            }
            // After a restart the target stays as it is stored, and no function of that name in AWS is asked.
            try await workspace.run(local: true) { (gateway: GatewayProcess) async throws -> Void in
                let agent = try await gateway.agent()
                try await gateway.awaitTool("rpc___add", agent)
                #expect(try await agent.toolNames().contains("pages___tool_00"))
                #expect(gateway.log.contains("pages/target.toml:"))
                #expect(
                    try await agent.call("rpc___add", #"{"a":1,"b":2}"#).structured?["sum"]?.intValue == 3
                )
                // Once corrected, it is served again.
                try workspace.addTargetFile("pages", good)
                try FileManager.default.removeItem(atPath: "\(workspace.folder)/targets/never")
                let output = try await workspace.run(["reload", "--config", workspace.config])
                #expect(output.status == 0, "\(output.out)")
                #expect(try await agent.call("pages___tool_00").text == "tool_00")
                let listed = try await workspace.json("target", "list")
                #expect(listed["fileFaults"]?.arrayValue?.isEmpty == true)
            }
        }
    }

    /// Every place that shows targets says what is wrong and in which file.
    private func expectSaid(_ workspace: Workspace, _ status: JSONValue) async throws {
        let listed = try await workspace.json("target", "list")
        let faults = listed["fileFaults"]?.arrayValue ?? []
        #expect(faults.map { $0["target"]?.stringValue } == ["never", "pages"])
        #expect(
            texts(faults.first?["faults"]).first?.contains("never/target.toml:3: target.contract: ") == true
        )
        let table = try await workspace.run(["target", "list", "--config", workspace.config])
        #expect(table.out.contains("faulty file"))
        #expect(
            table.err.contains("target never is not served: ")
                && table.err.contains("target pages stays as it was: ")
        )
        let shown = try await workspace.json("target", "show", "pages")
        #expect(texts(shown["fileFaults"]).first?.contains("pages/target.toml:") == true)
        let absent = try await workspace.run(["target", "show", "never", "--config", workspace.config])
        #expect(absent.status == 1 && absent.err.contains("never/target.toml:3"))
        let doctor = try await workspace.run(["doctor", "--config", workspace.config])
        #expect(doctor.out.contains("never/target.toml:3") && doctor.status == 1)
        let check = try await workspace.run(["config", "check", "--config", workspace.config])
        #expect(check.status == 1 && check.out.contains("never/target.toml:3"))
        let inStatus = (status["targetFileFaults"]?.arrayValue ?? []).compactMap { $0["target"]?.stringValue }
        #expect(Set(inStatus) == ["never", "pages"])
    }

    enum Oddity: String, CaseIterable {
        case folderUnreadable, fileUnreadable, pipe, folderInPlace, deviceLink, loop
    }

    @Test(arguments: Oddity.allCases)
    func `whatever one target's folder contains, the other targets are served`(_ oddity: Oddity) async throws
    {
        try await withWorkspace(targets: [.function("rpc")]) { (workspace: Workspace) async throws -> Void in
            let folder = "\(workspace.folder)/targets/odd"
            let file = "\(folder)/target.toml"
            let files = FileManager.default
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            switch oddity {
            case .folderUnreadable, .fileUnreadable:
                try "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n".write(
                    toFile: file,
                    atomically: true,
                    encoding: .utf8
                )
                let path = oddity == .fileUnreadable ? file : folder
                // Root can read everything, so a folder in the file's place stands for an unreadable file.
                if getuid() == 0 {
                    try files.removeItem(atPath: file)
                    try files.createDirectory(atPath: file, withIntermediateDirectories: true)
                } else {
                    chmod(path, 0)
                }
            case .pipe: mkfifo(file, 0o600)
            case .folderInPlace: try files.createDirectory(atPath: file, withIntermediateDirectories: true)
            case .deviceLink: symlink("/dev/zero", file)
            case .loop: symlink(file, file)
            }
            defer {
                chmod(folder, 0o700)
                chmod(file, 0o600)
            }
            try await workspace.run(local: true) { (gateway: GatewayProcess) async throws -> Void in
                let agent = try await gateway.agent()
                try await gateway.awaitTool("rpc___add", agent)
                #expect(gateway.log.contains("odd/target.toml: can't be read"), "\(gateway.log)")
                let output = try await workspace.run(["reload", "--config", workspace.config])
                #expect(output.status == 1 && output.out.contains("odd/target.toml"))
            }
        }
    }

    @Test func `a name that a command has taken affects that target file alone`() async throws {
        try await withWorkspace(targets: [.function("rpc")]) { (workspace: Workspace) async throws -> Void in
            _ = try await workspace.command(
                "target",
                "add",
                "taken",
                "--function",
                "mine",
                "--contract",
                "mcp-wrapper"
            )
            try workspace.addTargetFile(
                "taken",
                "[target]\nfunction = \"theirs\"\ncontract = \"mcp-wrapper\"\n"
            )
            try await workspace.run(local: true) { (gateway: GatewayProcess) async throws -> Void in
                let agent = try await gateway.agent()
                try await gateway.awaitTool("rpc___add", agent)
                #expect(gateway.log.contains("taken/target.toml"))
                let shown = try await workspace.json("target", "show", "taken")
                #expect(shown["function"] == "mine" && shown["source"] == "cli")
            }
        }
    }

    @Test func `without a server a reload is refused, and a viewer may not ask for one`() async throws {
        try await withWorkspace { (workspace: Workspace) async throws -> Void in
            let output = try await workspace.run(["reload", "--config", workspace.config])
            #expect(output.status == 1 && output.err.contains("no server runs on the store"))
            #expect(!FileManager.default.fileExists(atPath: workspace.store))
            _ = try await workspace.command("tenant", "create", "acme")
            let again = try await workspace.run(["reload", "--config", workspace.config])
            #expect(again.status == 1 && again.err.contains("no server runs on this store"))
            try await workspace.run { (gateway: GatewayProcess) async throws -> Void in
                let viewer = try await workspace.command("admin-token", "issue", "v", "--role", "viewer")
                let admin = try await workspace.command("admin-token", "issue", "o", "--role", "operator")
                func remote(_ token: String) async throws -> Program.Output {
                    try await workspace.run(
                        ["reload", "--url", gateway.adminURL],
                        environment: ["MCP_GATEWAY_ADMIN_TOKEN": token]
                    )
                }
                #expect(try await remote(viewer).status == 1)
                let done = try await remote(admin)
                #expect(done.status == 0 && done.out == "reloaded: nothing has changed\n", "\(done.err)")
            }
        }
    }

    @Test func `every server on the store reloads and reports it`() async throws {
        try await withWorkspace { (workspace: Workspace) async throws -> Void in
            try await workspace.run { (first: GatewayProcess) async throws -> Void in
                try await workspace.run { (second: GatewayProcess) async throws -> Void in
                    let answer = try await workspace.json("reload")
                    #expect(answer["servers"]?.arrayValue?.count == 2, "\(answer.text)")
                    for gateway in [first, second] {
                        #expect(gateway.log.contains("reloaded: nothing has changed"))
                    }
                }
            }
        }
    }

    /// The server's functions run here; a function of that name elsewhere would answer differently.
    @Test func `beside a server that runs functions here, refresh, test and doctor ask those`() async throws {
        let other = Latch()
        try await FakeLambda.with({ call in
            other.open()
            return FakeLambda.tools(["impostor"])
        }) { url in
            let environment = FakeLambda.credentials.merging(["AWS_ENDPOINT_URL_LAMBDA": url]) { $1 }
            try await withWorkspace(targets: [.function("rpc")], environment: environment) {
                (workspace: Workspace) async throws -> Void in
                try await workspace.run(local: true) { (gateway: GatewayProcess) async throws -> Void in
                    let agent = try await gateway.agent()
                    try await gateway.awaitTool("rpc___add", agent)
                    let refreshed = try await workspace.json("target", "refresh", "rpc")
                    #expect(refreshed["targets"]?[0]?["error"] == .null, "\(refreshed.text)")
                    #expect(
                        refreshed["targets"]?[0]?["removed"] == 0 && refreshed["targets"]?[0]?["added"] == 0
                    )
                    let tested = try await workspace.json("target", "test", "rpc")
                    #expect(texts(tested["tools"]).contains("add"))
                    let doctor = try await workspace.json("doctor")
                    let finding = (doctor["findings"]?.arrayValue ?? []).first { $0["check"] == "target rpc" }
                    #expect(finding?["status"] == "ok", "\(doctor.text)")
                    #expect(try await agent.toolNames().contains("rpc___add"))
                    #expect(!other.hasHappened)
                    gateway.program.signal(SIGKILL)
                    _ = try await gateway.program.end()
                }
                // The entry that a killed server left in the store isn't used.
                let alone = try await workspace.json("target", "test", "rpc")
                #expect(texts(alone["tools"]) == ["impostor"], "\(alone.text)")
            }
        }
    }
}
