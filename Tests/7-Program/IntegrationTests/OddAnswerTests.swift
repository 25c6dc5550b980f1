import Foundation
import JSON
import TestSupport
import Testing

/// A real function that answers in odd forms, and the official client that reads what the gateway makes of them.
@Suite(.gateway(.function("odd"), listing: "odd___answer"))
struct OddAnswerTests {
    @Test func `no odd form of an answer breaks a parser, a revision's schema or the official client`()
        async throws
    {
        let shared = try SharedGateway.current
        var command = [
            try Programs.python, "\(Programs.root)/Tests/Python/odd_answers.py", shared.gateway.agentsURL,
        ]
        let schemas = SharedVectors.folder("mcp-schema")
        if let schemas { command += ["--schemas", schemas.path] }
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let output = try await run(command, environment: environment)
        #expect(output.status == 0, "\(output.err)")
        let counts = try JSONValue(parsing: output.out)
        #expect(counts["forms"]?.intValue == 100)
        #expect(counts["answers"]?.intValue == 400)
        #expect(counts["read"]?.intValue == 200)
        if schemas != nil { #expect(counts["validated"]?.intValue == 400) }
    }

    @Test(arguments: Agent.Era.allCases)
    func `a KeyError keeps its type`(_ era: Agent.Era) async throws {
        let answer = try await SharedGateway.current.agent(era).call("odd___raise", #"{"key":"customerId"}"#)
        #expect(answer.text == "KeyError: 'customerId'")
        #expect(answer.failureCode == "function_error")
        #expect(answer.result?["_meta"]?["mcp-gateway/error"]?["type"] == "KeyError")
    }

    /// With the real awslambdaric, which names an exception by its class without the module.
    @Test(arguments: [
        ("empty", "OutOfStock", "OutOfStock"), ("custom", "shoe", "OutOfStock"),
        ("nested", "shoe: line 1 column 1 (char 0)", "JSONDecodeError"),
        ("quoted", "ValueError: 'shoe'", "ValueError"), ("chained", "RuntimeError", "RuntimeError"),
    ])
    func `an exception's text is shown with its type where the text alone says nothing`(
        _ kind: String,
        _ text: String,
        _ type: String
    ) async throws {
        let agent = try await SharedGateway.current.agent(.modern)
        let answer = try await agent.call("odd___raise", #"{"key":"shoe","kind":"\#(kind)"}"#)
        #expect(answer.text == text)
        #expect(answer.result?["_meta"]?["mcp-gateway/error"]?["type"]?.stringValue == type)
    }

    @Test func `an error in an odd form is counted in usage`() async throws {
        let shared = try SharedGateway.current
        let agent = try await shared.agent(.modern)
        let workspace = shared.gateway.workspace
        func errors() async throws -> Int {
            let usage = try await workspace.json("usage", "--by", "tool")
            let row = usage["usage"]?.arrayValue?.first { $0["name"]?.stringValue == "odd___answer" }
            return row?["errors"]?.intValue ?? 0
        }
        let before = try await errors()
        let payload = JSONValue.string(#"{"isError":true,"message":"boom"}"#).text
        let answer = try await agent.call("odd___answer", #"{"payload":\#(payload)}"#)
        #expect(answer.isError == true)
        #expect(answer.text == "boom")
        try await eventually("the failure is in usage") { try await errors() > before }
    }
}
