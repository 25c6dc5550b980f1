import Foundation
import JSON
import TestSupport
import Testing

/// The demands of the official conformance suite on servers, made of a gateway in raw HTTP, with an MCP server behind it that
/// has everything the scenarios name, in each contract that can carry it.
///
/// Each message is held against its version's schema where the shared vectors are.
@Suite(
    .gateway(
        .streaming("stream", "jsonrpc", "streamed.jsonrpc"),
        .streaming("web-stream", "http-v2", "streamed.http"),
        .streaming("rest-stream", "http-v1", "streamed.http"),
        .everything("rpc", "jsonrpc", "handler.jsonrpc"),
        .everything("web", "http-v2", "handler.http"),
        .everything("rest", "http-v1", "handler.http"),
        .everything("web-events", "http-v2", "events.http"),
        .everything("wrap", "mcp-wrapper", "handler.wrapper"),
        listing: "stream___test_simple_text",
        "web-stream___test_simple_text",
        "rest-stream___test_simple_text",
        "rpc___test_simple_text",
        "web___test_simple_text",
        "rest___test_simple_text",
        "web-events___test_simple_text",
        "wrap___test_simple_text",
        // Nothing of subscriptions to resources is there without it.
        settings: ["agents": "resource_poll = \"5s\""]
    )
)
struct ConformanceTests {
    private static func run(_ version: String, _ targets: [String]) async throws -> (
        JSONValue, status: Int32?
    ) {
        let shared = try SharedGateway.current
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        environment["GATEWAY_VECTORS"] = SharedVectors.folder("mcp-schema")?.deletingLastPathComponent().path
        let words = targets.flatMap { ["--target", $0] } + ["--version", version, "--json"]
        let output = try await IntegrationTests.run(
            [
                try Programs.python, "\(Programs.root)/Tests/Python/conformance/run.py",
                shared.gateway.agentsURL,
            ]
                + words,
            environment: environment
        )
        return (try JSONValue(parsing: output.out), output.status)
    }

    /// How many scenarios the official suite counts in each version.
    @Test(arguments: ["2025-03-26": 1, "2025-06-18": 27, "2025-11-25": 30, "2026-07-28": 37])
    func `every scenario passes with each contract that can carry it`(_ version: String, _ scored: Int)
        async throws
    {
        let targets = [
            "stream", "web-stream=tools+messages+told+stream", "rest-stream=tools+messages+told+stream",
            "web-events=tools+messages+told", "rpc=tools+messages", "web=tools+messages",
            "rest=tools+messages", "wrap=tools",
        ]
        let (seen, status) = try await Self.run(version, targets)
        let rows = seen["rows"]?.arrayValue ?? []
        for row in rows where row["outcome"] == "fail" { Issue.record("\(row.text)") }
        #expect(status == 0)
        #expect(seen["sums"]?[version]?["scored"]?.intValue == scored)
        let late = rows.filter { $0["scored"] == true && $0["outcome"] == "not yet" }
        let names = Set(late.compactMap { $0["scenario"]?.stringValue })
        #expect(seen["sums"]?[version]?["passed"]?.intValue == scored - names.count)
        if SharedVectors.folder("mcp-schema") != nil {
            #expect((seen["messagesChecked"]?[version]?.intValue ?? 0) >= scored)
        }
    }

    @Test func `a target that isn't there fails every scenario that needs one`() async throws {
        let (seen, status) = try await Self.run("2026-07-28", ["nobody=tools"])
        #expect(status == 1)
        let outcomes = Set(seen["rows"]?.arrayValue?.compactMap { $0["outcome"]?.stringValue } ?? [])
        #expect(outcomes == ["fail"])
    }
}

extension Workspace.Target {
    /// The same as a function that streams.
    fileprivate static func streaming(_ name: String, _ contract: String, _ handler: String) -> Self {
        let runtime = "\"\(Programs.root)/Tests/Python/functions/streaming/bootstrap.py\""
        return everything(
            name,
            contract,
            handler,
            ["approval =": "streaming = true\napproval =", "\"-m\", \"awslambdaric\"": runtime]
        )
    }
}
