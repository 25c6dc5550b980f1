import Foundation
import JSON
import TestSupport
import Testing

/// Real MCP servers behind HTTP events, on AWS's runtime client: the official SDK in both major versions and all its
/// ways of answering, AWS's mcp-lambda-handler with sessions and without, and run-mcp-servers-with-aws-lambda.
@Suite(
    .gateway(
        .web("plain"),
        .web("events", ["JSON = \"1\"": "JSON = \"0\""]),
        .web("old", isOld: true),
        .web("server", ["WAY = \"mangum\"": "WAY = \"server\""]),
        .web("kept", ["STATELESS = \"1\"": "STATELESS = \"0\""]),
        .web(
            "kept-old",
            [
                "WAY = \"mangum\"": "WAY = \"server\"", "STATELESS = \"1\"": "STATELESS = \"0\"",
                "JSON = \"1\"": "JSON = \"0\"",
            ],
            isOld: true
        ),
        .web("rest", ["http-v2": "http-v1"]),
        .function("http", ["contract = \"mcp-wrapper\"": "contract = \"http-v1\""]),
        .function("http-sessions"),
        .function("http-sessions", named: "http-sessions-2", ["http-v1": "http-v2"]),
        .runMCP("http-v1"),
        .runMCP("http-v2"),
        listing: "plain___add",
        "events___add",
        "old___add",
        "server___add",
        "kept___add",
        "kept-old___add",
        "rest___add",
        "http___add",
        "http-sessions___add",
        "http-sessions-2___add",
        "run-mcp-http-v1___calculate",
        "run-mcp-http-v2___calculate"
    )
)
struct HTTPFunctionTests {
    private static let servers = [
        "plain", "events", "old", "server", "kept", "kept-old", "rest", "http", "http-sessions",
        "http-sessions-2",
    ]

    @Test(arguments: servers, Agent.Era.allCases)
    func `a tool is called and answers in every form`(_ target: String, _ era: Agent.Era) async throws {
        let answer = try await SharedGateway.current.agent(era).call("\(target)___add", #"{"a":2,"b":40}"#)
        #expect(answer.text == "42", "\(answer.response.text)")
        #expect(answer.isError != true)
        if !target.hasPrefix("http") { #expect(answer.structured?["result"]?.intValue == 42) }
    }

    @Test(arguments: servers + ["run-mcp-http-v1", "run-mcp-http-v2"])
    func `a client that can be asked for input is served by servers of any version`(_ target: String)
        async throws
    {
        var agent = try await SharedGateway.current.agent(.modern)
        agent.capabilities = #"{"elicitation":{},"sampling":{},"roots":{}}"#
        let isSum = !target.hasPrefix("run-mcp")
        let (tool, arguments) = isSum ? ("add", #"{"a":2,"b":40}"#) : ("calculate", #"{"expression":"6*7"}"#)
        // The version that an older server refuses is tried first, and not again.
        for _ in 0..<2 {
            let answer = try await agent.call("\(target)___\(tool)", arguments)
            #expect(answer.text == "42" && answer.isError != true, "\(answer.response.text)")
        }
    }

    @Test(arguments: servers.filter { $0 != "http" })
    func `a tool's own failure is a result for the model`(_ target: String) async throws {
        let answer = try await SharedGateway.current.agent(.modern).call("\(target)___fail")
        #expect(answer.isError == true)
        // The second major version of the SDK doesn't show the tool's words.
        let isHidden = ["plain", "events", "server", "kept", "rest"].contains(target)
        let words = isHidden ? "Error executing tool fail" : "the tool says no"
        #expect(answer.text?.contains(words) == true, "\(answer.response.text)")
    }

    @Test(arguments: ["plain", "events", "old", "server", "kept", "kept-old", "rest"])
    func `from a stream with progress events only the response is used`(_ target: String) async throws {
        let answer = try await SharedGateway.current.agent(.legacy).call("\(target)___slowly")
        #expect(answer.text == "done", "\(answer.response.text)")
    }

    @Test(arguments: ["run-mcp-http-v1", "run-mcp-http-v2"])
    func `run-mcp's HTTP handlers are called`(_ target: String) async throws {
        let answer = try await SharedGateway.current.agent(.modern).call(
            "\(target)___calculate",
            #"{"expression":"6*7"}"#
        )
        #expect(answer.text == "42", "\(answer.response.text)")
    }

    @Test(arguments: ["http-sessions", "http-sessions-2"])
    func `calls of one tenant share a session, which is begun again when the server has lost it`(
        _ target: String
    ) async throws {
        let agent = try await SharedGateway.current.agent(.modern)
        // Each loop may hold a session of its own.
        var last = -1
        for _ in 0..<3 {
            let answer = try await agent.call("\(target)___count")
            last = try #require(Int(answer.text ?? ""), "\(answer.response.text)")
        }
        #expect(last >= 0)
        #expect(try await agent.call("\(target)___forget").text == "forgotten")
        let again = try await agent.call("\(target)___count")
        #expect(again.text == "0", "\(again.response.text)")
    }

    @Test(arguments: ["kept", "kept-old"])
    func `a stateful server is called in a session, and in a new one after it has forgotten the first`(
        _ target: String
    ) async throws {
        let agent = try await SharedGateway.current.agent(.legacy)
        let first = try #require(try await agent.call("\(target)___session").text)
        #expect(first != "none" && !first.isEmpty)
        #expect(try await agent.call("\(target)___forget").text == "forgotten")
        let second = try #require(try await agent.call("\(target)___session").text)
        #expect(second != "none" && second != first)
    }

    @Test func `a server without sessions gets no session`() async throws {
        for target in ["plain", "events", "old", "server", "rest"] {
            let answer = try await SharedGateway.current.agent(.legacy).call("\(target)___session")
            #expect(answer.text == "none", "\(answer.response.text)")
        }
    }

    @Test(arguments: ["events", "kept-old", "http-sessions", "run-mcp-http-v2"], Agent.Era.allCases)
    func `the official client calls a server of each kind`(_ target: String, _ era: Agent.Era) async throws {
        let shared = try SharedGateway.current
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let isCalculator = target.hasPrefix("run-mcp")
        let output = try await run(
            [
                try Programs.python, "\(Programs.root)/Tests/Python/agent_\(era).py",
                shared.gateway.agentsURL,
                "--tool", "\(target)___\(isCalculator ? "calculate" : "add")",
                "--arguments", isCalculator ? #"{"expression":"6*7"}"# : #"{"a":2,"b":40}"#,
            ],
            environment: environment
        )
        #expect(output.status == 0, "\(output.err)")
        #expect(try JSONValue(parsing: output.out)["text"]?.stringValue == "42")
    }

    @Test func `a wrong host or path is reported with the setting to change`() async throws {
        let targets: [Workspace.Target] = [
            .web("host", [openly: "\(openly)\nhttp_host = \"example.org\""]),
            .web("path", [openly: "\(openly)\nhttp_path = \"/mcp/\""]),
            .web("nowhere", [openly: "\(openly)\nhttp_path = \"/other\""]),
        ]
        try await withGateway(local: true, targets: targets, settings: ["refresh": "on_start = false"]) {
            (gateway: GatewayProcess) async throws -> Void in
            for (target, says) in [
                ("host", ["421: Invalid Host header", "set http_host"]), ("path", ["307", "http_path"]),
                ("nowhere", ["404: Not Found", "no MCP endpoint at /other; set http_path"]),
            ] {
                let tested = try await gateway.workspace.json("target", "test", target)
                let error = tested["error"]?.stringValue ?? tested.text
                for words in says { #expect(error.contains(words), "\(error)") }
            }
        }
    }
}

private let openly = "approval = \"open\""

extension Workspace.Target {
    /// A server by the official SDK, in its second major version or its first.
    fileprivate static func web(_ name: String, _ replacing: [String: String] = [:], isOld: Bool = false)
        -> Self
    {
        var replacing = replacing
        if isOld, let python = try? Programs.python, let old = try? Programs.pythonOfOldClient {
            replacing[python] = old
        }
        return .function("http-mcp", named: name, replacing)
    }

    fileprivate static func runMCP(_ contract: String) -> Self {
        .function(
            "run-mcp",
            named: "run-mcp-\(contract)",
            [
                "contract = \"jsonrpc\"": "contract = \"\(contract)\"",
                "handler.jsonrpc": "handler.\(contract.replacing("-", with: "_"))",
            ]
        )
    }
}
