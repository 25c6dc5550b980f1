import JSON
import TestSupport
import Testing

/// The official Python clients, in both major versions and all their modes, with the server that has everything.
extension ConformanceTests {
    private static func visit(_ script: String, _ python: String, _ words: String...) async throws
        -> JSONValue
    {
        let shared = try SharedGateway.current
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let output = try await IntegrationTests.run(
            [python, "\(Programs.root)/Tests/Python/\(script)", shared.gateway.agentsURL] + words,
            environment: environment
        )
        #expect(output.status == 0, "\(output.err)")
        return try JSONValue(parsing: output.out)
    }

    private static let logs: JSONValue = [
        ["info", "Tool execution started"], ["info", "Tool processing data"],
        ["info", "Tool execution completed"],
    ]

    private func expectTold(_ seen: JSONValue, hasSession: Bool) {
        #expect(seen["progress"] == [0, 50, 100, "Tool with progress executed."], "\(seen.text)")
        #expect(seen["logs"] == Self.logs, "\(seen.text)")
        #expect(seen["givenUp"]?.stringValue?.lowercased() == "mcperror", "\(seen.text)")
        #expect(seen["after"] == "This is a simple text response for testing.")
        guard hasSession else { return }
        #expect(seen["cuts"] == 0, "the connection wasn't lost")
        #expect(seen["resumed"] == [1, 2, 3, "Reconnection test completed."], "\(seen.text)")
        #expect(seen["lastEventID"] == true)
    }

    @Test(arguments: ["stream", "web-stream", "rest-stream", "web-events"], ["pinned", "modern", "legacy"])
    func `a client hears what a function tells, gives up on calls, and comes back after a loss`(
        _ target: String,
        _ era: String
    ) async throws {
        let python = try Programs.python
        let seen = try await Self.visit("agent_told.py", python, "--target", target, "--era", era)
        #expect(seen["version"] == (era == "legacy" ? "2025-11-25" : "2026-07-28"))
        // Of what comes in one piece there is nothing to come back to.
        expectTold(seen, hasSession: era == "legacy" && target != "web-events")
    }

    @Test(arguments: ["stream", "web-stream", "rest-stream"])
    func `the first major version of the client does so too, and answers what it is asked`(_ target: String)
        async throws
    {
        let python = try Programs.pythonOfOldClient
        let seen = try await Self.visit("agent_told1.py", python, "--target", target)
        expectTold(seen, hasSession: true)
        #expect(seen["sampling"] == "LLM response: you said: Hi")
        #expect(seen["elicitation"]?.stringValue?.contains("ada@example.com") == true)
        #expect(seen["roots"] == "The roots are: file:///home/ada, file:///srv")
        #expect(seen["asked"] == ["sampling", "elicitation", "roots"])
    }

    private static let answers: JSONValue = [
        "elicitation": "Hello, Ada!",
        "sampling": "The model said: Paris",
        "list_roots": "The roots are: file:///home/ada, file:///srv",
        "request_state": "state-ok",
        "multiple_inputs": "Good day, Ada: 2 roots, state three",
        "multi_round": "Ada likes green",
        "tampered_state": "state: admin=false",
        "capabilities": "asked client_roots, greeting, user_name",
        "page": "opened accept",
        "missing": "could sample",
        "prompt": "The context is: the gateway",
    ]

    @Test(
        arguments: ["stream", "web-stream", "rest-stream", "rpc", "web", "web-events", "rest"],
        ["modern", "legacy"]
    )
    func `a client answers what a function asks, in as many rounds as it takes`(
        _ target: String,
        _ era: String
    ) async throws {
        let python = try Programs.python
        let seen = try await Self.visit("agent_input.py", python, "--target", target, "--era", era)["seen"]
        #expect(seen == Self.answers)
    }
}
