import Foundation
import JSON
import TestSupport
import Testing

/// Real functions that speak other contracts, each attached as if it were one of ours.
struct OtherContractTests {
    struct Row: Sendable {
        let function: String
        /// What it says itself, which is kept.
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

    @Test func `each is named with the contract that it needs, by test, refresh and list`() async throws {
        try await withGateway(local: true, targets: Self.rows.map { .function($0.function) }) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            for row in Self.rows {
                let tested = try await workspace.json("target", "test", row.function)
                let error = tested["error"]?.stringValue ?? ""
                #expect(error.contains(row.says) && error.contains("(\(row.points))?"), "\(error)")
                #expect(error.contains("isn't supported yet"))
                let refreshed = try await workspace.json("target", "refresh", row.function)
                #expect(refreshed["targets"]?[0]?["error"]?.stringValue == error)
                let shown = try await workspace.json("target", "show", row.function)
                #expect(shown["lastError"]?.stringValue == error)
                let next = try #require(shown["nextRefreshAtMs"]?.intValue)
                let failed = try #require(shown["lastErrorAtMs"]?.intValue)
                #expect(next - failed == 300_000)
            }
            #expect(try await gateway.agent().toolNames() == [])
        }
    }

    @Test func `a call of a plain function with declared tools fails in its own words`() async throws {
        try await withGateway(local: true, targets: [.function("plain")]) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            let tools = "\(workspace.folder)/tools.json"
            try #"[{"name":"greet","inputSchema":{"type":"object"}}]"#
                .write(toFile: tools, atomically: true, encoding: .utf8)
            let lambda = try #require(gateway.lambdaURL)
            try await workspace.command(
                "target", "add", "greeter", "--function", "test-plain", "--approval", "open", "--tools", tools,
                "--endpoint", lambda, "--region", "eu-central-1"
            )
            try await workspace.command("target", "refresh", "greeter")
            _ = lambda
        }
    }
}
