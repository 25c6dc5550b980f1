import Foundation
import JSON
import TestSupport
import Testing

/// Real functions of other contracts, each added with a contract that it doesn't speak.
struct OtherContractTests {
    struct Row: Sendable {
        let function: String
        /// The function's own error, which is kept.
        let says: String
        let points: String
    }

    private static let rows = [
        Row(function: "http", says: "status 400: Unsupported Media Type", points: "contract http-v1"),
        Row(function: "mangum", says: "unable to infer a handler to use", points: "contract http-v2"),
        Row(
            function: "agentcore",
            says: "AttributeError: 'NoneType' object has no attribute 'custom'",
            points: "contract agentcore"
        ),
        Row(function: "plain", says: "KeyError: 'name'", points: "contract function"),
    ]

    @Test func `the contract that each function needs is named by target test, refresh and list`()
        async throws
    {
        try await withGateway(local: true, targets: Self.rows.map { .function($0.function) }) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            for row in Self.rows {
                let tested = try await workspace.json("target", "test", row.function)
                let error = tested["error"]?.stringValue ?? ""
                #expect(error.contains(row.says) && error.contains("(\(row.points))?"), "\(error)")
                #expect(error.contains("Then give the target that contract"))
                let refreshed = try await workspace.json("target", "refresh", row.function)
                // Each call has its own request id.
                let cause = error.split(separator: "; its l").first ?? ""
                #expect(refreshed["targets"]?[0]?["error"]?.stringValue?.hasPrefix(cause) == true)
                let shown = try await workspace.json("target", "show", row.function)
                #expect(shown["lastError"]?.stringValue?.hasPrefix(cause) == true)
                let next = try #require(shown["nextRefreshAtMs"]?.intValue)
                let failed = try #require(shown["lastErrorAtMs"]?.intValue)
                #expect(next - failed == 300_000)
            }
            #expect(try await gateway.agent().toolNames() == [])
        }
    }

    /// At the local Lambda, with a region that isn't its own, and credentials that it accepts.
    @Test func `a plain function with declared tools fails at a call in its own words`() async throws {
        let credentials = ["AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local-secret"]
        try await withGateway(local: true, targets: [.function("plain")], environment: credentials) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            let tools = "\(workspace.folder)/tools.json"
            try #"[{"name":"greet","inputSchema":{"type":"object"}}]"#
                .write(toFile: tools, atomically: true, encoding: .utf8)
            let words = [
                "--contract", "mcp-wrapper", "--approval", "open", "--region", "eu-central-1", "--tools",
                tools,
            ]
            let place = ["--function", "test-plain", "--endpoint", try #require(gateway.lambdaURL)]
            let added = try await workspace.run(
                ["target", "add", "greeter", "-o", "json", "--config", workspace.config] + place + words
            )
            #expect(added.status == 0, "\(added.err)")
            #expect(try JSONValue(parsing: added.out)["listRequest"] == .null)
            try await workspace.command("target", "refresh", "greeter")
            let agent = try await gateway.agent()
            try await gateway.awaitTool("greeter___greet", agent)
            let answer = try await agent.call("greeter___greet", #"{"name":"Ada"}"#)
            #expect(answer.text == "KeyError: 'name'")
            #expect(answer.failureCode == "function_error")
            let doctor = try await workspace.json("doctor")
            let found = (doctor["findings"]?.arrayValue ?? []).first { $0["check"] == "target greeter" }
            #expect(found?["status"] == "ok", "\(doctor.text)")
        }
    }
}
