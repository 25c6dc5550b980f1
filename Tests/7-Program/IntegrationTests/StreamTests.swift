import Foundation
import JSON
import TestSupport
import Testing

/// Agents that wait for changes of their tools, while commands change the store.
struct StreamTests {
    /// The promised time until a stream ends.
    private static let limit = Duration.seconds(1)
    private static let changed = "notifications/tools/list_changed"
    private static let end = "0\r\n\r\n"

    /// A gateway with two targets of one tool each, `depot___look` and `shop___look`.
    /// - Parameter serves: what each has; one of each kind.
    private func withShops(
        serves: [String] = ["tools"],
        settings: [String: String] = [:],
        _ body: (GatewayProcess) async throws -> Void
    ) async throws {
        try await FakeLambda.with(Self.list) { url in
            try await withGateway(settings: settings, environment: FakeLambda.credentials) { gateway in
                for name in ["depot", "shop"] {
                    let words = [
                        "--function", name, "--contract", "mcp-wrapper", "--endpoint", url, "--approval",
                        "open",
                    ]
                    let output = try await gateway.workspace.run(
                        ["target", "add", name] + words + serves.flatMap { ["--serves", $0] }
                            + ["--config", gateway.workspace.config]
                    )
                    #expect(output.status == 0, "\(output.err)")
                }
                try await gateway.workspace.command("target", "refresh")
                try await gateway.awaitTool("shop___look", gateway.agent())
                try await body(gateway)
            }
        }
    }

    /// What a shop lists.
    private static func list(_ call: FakeLambda.Call) async -> String {
        switch call.event["method"]?.stringValue {
        case "prompts/list": FakeLambda.wrapped(#"{"prompts":[{"name":"greet"}]}"#)
        case "resources/list":
            FakeLambda.wrapped(#"{"resources":[{"uri":"\#(call.function)://page","name":"page"}]}"#)
        case "resources/templates/list": FakeLambda.wrapped(#"{"resourceTemplates":[]}"#)
        default: FakeLambda.tools(["look"])
        }
    }

    /// Opens a stream, and returns once the gateway has accepted it.
    private func open(_ agent: Agent) async throws -> RawClient {
        let client = try agent.beginStream()
        let head = await client.read(until: agent.era == .modern ? "acknowledged" : "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200 "), "\(head)")
        #expect(head.contains("Content-Type: text/event-stream\r\n"))
        #expect(head.contains("X-Accel-Buffering: no\r\n"))
        return client
    }

    private func streams(_ gateway: GatewayProcess) async throws -> Int? {
        try await gateway.metric("mcp_gateway_streams ").map { Int($0) }
    }

    private func awaitStreams(_ count: Int, _ gateway: GatewayProcess) async throws {
        try await eventually("there are \(count) streams", seconds: 20) {
            try await streams(gateway) == count
        }
    }

    @Test(arguments: Agent.Era.allCases)
    func `a connected client is told when its own list changes, and others hear nothing`(_ era: Agent.Era)
        async throws
    {
        try await withShops { gateway in
            let workspace = gateway.workspace
            let narrow = try await workspace.json("key", "issue", "demo", "--allow", "depot___*")
            let mine = try await open(gateway.agent(era))
            let other = try await open(
                gateway.agent(era, key: try #require(narrow["key"]?.stringValue))
            )
            try await workspace.command("target", "disable", "shop")
            let clock = ContinuousClock()
            let began = clock.now
            #expect(await mine.read(until: Self.changed).contains(Self.changed))
            #expect(clock.now - began < Self.limit)
            try await workspace.command("target", "disable", "depot")
            // The first change that the other client hears is of its own tool, and the only one.
            #expect(await other.read(until: Self.changed).contains(Self.changed))
            #expect(await mine.read(until: Self.changed).contains(Self.changed))
            #expect(try await gateway.metric("mcp_gateway_stream_notifications_total") == 3)
            mine.close()
            other.close()
            try await awaitStreams(0, gateway)
        }
    }

    @Test(arguments: ["key revoke", "tenant suspend"])
    func `a stream is closed within a second when its credential ends`(_ command: String) async throws {
        try await withShops { gateway in
            let workspace = gateway.workspace
            let (key, prefix) = try await workspace.issueKey(tenant: "acme")
            let modern = try await open(gateway.agent(.modern, key: key))
            let legacy = try await open(gateway.agent(.legacy, key: key))
            let other = try await open(gateway.agent(.modern))
            if command == "key revoke" {
                try await workspace.command("key", "revoke", prefix)
            } else {
                try await workspace.command("tenant", "suspend", "acme")
            }
            let clock = ContinuousClock()
            let began = clock.now
            let (last, silence) = (await modern.read(until: Self.end), await legacy.read(until: Self.end))
            let time = clock.now - began
            print("  both streams ended \(time.milliseconds) ms after \(command)")
            #expect(time < Self.limit)
            #expect(last.contains(#""resultType":"complete""#) && last.hasSuffix(Self.end), "\(last)")
            #expect(silence.hasSuffix(Self.end) && !silence.contains("data:"), "\(silence)")
            try await awaitStreams(1, gateway)
            let again = try await Agent.answer(
                on: Agent(port: gateway.agentsPort, key: key, era: .legacy).beginStream()
            )
            #expect(again.status == 401)
            other.close()
        }
    }

    @Test func `SIGTERM ends streams gracefully and at once`() async throws {
        try await withShops { gateway in
            let modern = try await open(gateway.agent(.modern))
            let legacy = try await open(gateway.agent(.legacy))
            gateway.program.signal(SIGTERM)
            let last = try #require(await modern.readToEnd())
            #expect(last.contains(#""id":7,"result":{"resultType":"complete""#), "\(last)")
            #expect(last.hasSuffix(Self.end))
            let silence = try #require(await legacy.readToEnd())
            #expect(silence.hasSuffix(Self.end) && !silence.contains("data:"))
            #expect(try await gateway.program.end(seconds: 20).status == 0)
        }
    }

    @Test func `a stream beyond the limit is refused until a client has gone, however it went`() async throws
    {
        let settings = ["agents": "streams_per_key_max = 2\nstreams_max = 3\nstream_keep_alive = \"1s\""]
        try await withShops(settings: settings) { gateway in
            let agent = try await gateway.agent(.modern)
            let first = try await open(agent)
            let second = try await open(agent)
            let refused = try await Agent.answer(on: agent.beginStream())
            #expect(refused.status == 429)
            #expect(refused.response.field("retry-after") == "5")
            #expect(refused.error?["code"]?.intValue == 429)
            let third = try await open(gateway.agent(.modern))
            let full = try await Agent.answer(on: gateway.agent(.legacy).beginStream())
            #expect(full.status == 503)
            #expect(await first.read(until: ":\n\n").contains(":\n\n"), "no sign of life")
            first.reset()
            try await awaitStreams(2, gateway)
            let fourth = try await open(agent)
            for client in [second, third, fourth] { client.close() }
            try await awaitStreams(0, gateway)
        }
    }

    /// The official Python clients.
    enum Client: CaseIterable {
        case modern, legacy
        /// The first major version.
        case first

        func program(_ gateway: GatewayProcess, key: String) throws -> Program {
            let scripts = "\(Programs.root)/Tests/Python"
            let words =
                switch self {
                case .modern, .legacy:
                    [
                        try Programs.python, "\(scripts)/agent_listen.py", gateway.agentsURL, "--era",
                        "\(self)",
                    ]
                case .first:
                    [try Programs.pythonOfOldClient, "\(scripts)/agent_listen1.py", gateway.agentsURL]
                }
            var environment = Programs.environment
            environment["MCP_GATEWAY_KEY"] = key
            return try Program(words, environment: environment, folder: Programs.root)
        }
    }

    @Test(arguments: Client.allCases)
    func `the official Python clients are told of changes of each kind, and of the end`(_ client: Client)
        async throws
    {
        try await withShops(serves: ["tools", "prompts", "resources"]) { gateway in
            let workspace = gateway.workspace
            let (key, prefix) = try await workspace.issueKey(tenant: "acme")
            _ = try await gateway.agent(key: key)
            let all = #""tools": ["depot___look", "shop___look"]"#
            let changes = [
                (["permission", "deny", "acme", "shop___prompt:*"], #""prompts": ["depot___greet"]"#),
                (["permission", "deny", "acme", "shop___resource:*"], #""resources": ["depot://page"]"#),
                (["target", "disable", "shop"], #""tools": ["depot___look"]"#),
                (["target", "enable", "shop"], all),
            ]
            var lines = [
                #"{"event": "open", \#(all), "prompts": ["depot___greet", "shop___greet"], "#
                    + #""resources": ["depot://page", "shop://page"]}"#
            ]
            let python = try client.program(gateway, key: key)
            do {
                try await python.wait(for: "the stream") { $0.out.contains("\"open\"") }
                // Legacy clients open their stream separately.
                try await awaitStreams(1, gateway)
                for (words, list) in changes {
                    try await workspace.command(words)
                    lines.append(#"{"event": "changed", \#(list)}"#)
                    try await python.wait(for: list) { [count = lines.count] in
                        $0.out.split(separator: "\n").count >= count
                    }
                }
                try await workspace.command("key", "revoke", prefix)
                try await awaitStreams(0, gateway)
                if client == .modern {
                    #expect(try await python.end(seconds: 20).status == 0)
                    lines.append(#"{"event": "ended"}"#)
                }
                await python.stop()
            } catch {
                await python.stop()
                throw error
            }
            #expect(python.current.out.split(separator: "\n").map(String.init) == lines)
        }
    }

    @Test func `an idle stream costs less than 10 kB`() async throws {
        let settings = [
            "agents": "streams_per_key_max = 2000\nconnections_per_peer_max = 2000",
            "limits": "request_rate = 10_000\nrequest_burst = 10_000",
        ]
        try await withShops(settings: settings) { gateway in
            let agents = [try await gateway.agent(.modern), try await gateway.agent(.legacy)]
            var clients: [RawClient] = []
            func resident(with count: Int) async throws -> Double {
                while clients.count < count { clients.append(try agents[clients.count % 2].beginStream()) }
                try await awaitStreams(count, gateway)
                return try #require(try await gateway.metric("process_resident_memory_bytes"))
            }
            let before = try await resident(with: 200)
            let each = (try await resident(with: 1400) - before) / 1200
            print("  \(Int(each)) bytes for an idle stream and its connection")
            #expect(each < 10_000)
            for client in clients { client.close() }
            try await awaitStreams(0, gateway)
        }
    }
}
