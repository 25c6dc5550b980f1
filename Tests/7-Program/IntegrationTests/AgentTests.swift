import Foundation
import JSON
import TestSupport
import Testing

/// What agents and AWS tools get from real functions, with real signatures.
@Suite(
    .gateway(
        .time,
        .function("rpc", ["concurrency = 2": "concurrency = 8"]),
        .function("pages"),
        listing: "time___convert_time",
        "rpc___add",
        "pages___tool_24"
    )
)
struct AgentTests {
    @Test(arguments: [(Agent.Era.modern, "2026-07-28"), (.legacy, "2025-11-25")])
    func `the official Python client lists and calls a tool with structured output`(
        _ era: Agent.Era,
        _ version: String
    ) async throws {
        let shared = try SharedGateway.current
        let script = "\(Programs.root)/Tests/Python/agent_\(era).py"
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let output = try await run(
            [try Programs.python, script, shared.gateway.agentsURL],
            environment: environment
        )
        #expect(output.status == 0, "\(output.err)")
        let seen = try JSONValue(parsing: output.out)
        #expect(seen["protocolVersion"]?.stringValue == version)
        #expect(seen["server"]?.stringValue == "mcp-gateway")
        #expect(seen["tools"]?.arrayValue?.contains(.string("time___convert_time")) == true)
        #expect(seen["structuredContent"]?["target"]?["timezone"]?.stringValue == "Asia/Tokyo")
        // In summer Berlin's time is an hour nearer to Tokyo's.
        let difference = seen["structuredContent"]?["time_difference"]?.stringValue ?? ""
        #expect(["+7.0h", "+8.0h"].contains(difference))
    }

    @Test func `boto3 gets from the local Lambda what AWS would answer`() async throws {
        let shared = try SharedGateway.current
        let endpoint = try #require(shared.gateway.lambdaURL)
        var environment = Programs.environment
        environment["AWS_ACCESS_KEY_ID"] = "local"
        environment["AWS_SECRET_ACCESS_KEY"] = "local-secret"
        let script = "\(Programs.root)/Tests/Python/boto3_local.py"
        let output = try await run([try Programs.python, script, endpoint], environment: environment)
        #expect(output.status == 0, "\(output.out)\(output.err)")
        let seen = try JSONValue(parsing: output.out)
        #expect((seen["passed"]?.arrayValue?.count ?? 0) >= 14)
    }

    @Test(arguments: Agent.Era.allCases)
    func `a function that speaks JSON-RPC is called with its arguments`(_ era: Agent.Era) async throws {
        let answer = try await SharedGateway.current.agent(era).call("rpc___add", #"{"a":2,"b":40}"#)
        #expect(answer.status == 200)
        #expect(answer.structured?["sum"]?.intValue == 42)
        #expect(answer.isError != true)
    }

    @Test(arguments: Agent.Era.allCases)
    func `a failure that a JSON-RPC function reports is shown without the function's own codes`(
        _ era: Agent.Era
    ) async throws {
        let agent = try await SharedGateway.current.agent(era)
        let failed = try await agent.call("rpc___fail")
        #expect(failed.isError == true)
        #expect(failed.text == "the tool says no")
        let broken = try await agent.call("rpc___break")
        #expect(broken.isError == true || broken.error?["message"]?.stringValue?.isEmpty == false)
        #expect(broken.status != 500)
    }

    @Test func `a JSON-RPC function is asked for lists and calls only, never for a handshake`() async throws {
        let answer = try await SharedGateway.current.agent(.modern).call("rpc___received")
        let methods = Set((answer.text ?? "").split(separator: " "))
        let lists: Set<Substring> = [
            "tools/list", "prompts/list", "resources/list", "resources/templates/list",
        ]
        #expect(methods.isSubset(of: lists.union(["tools/call"])))
        #expect(methods.contains("tools/call"))
    }

    @Test(arguments: Agent.Era.allCases)
    func `a list that a function gives in pages is complete and in one order`(_ era: Agent.Era) async throws {
        let names = try await SharedGateway.current.agent(era).toolNames()
        let pages = names.filter { $0.hasPrefix("pages___") }
        #expect(pages.count == 25)
        #expect(names == names.sorted())
        let again = try await SharedGateway.current.agent(era).toolNames()
        #expect(names == again)
    }

    @Test func `the command line calls a tool as an agent does`() async throws {
        let shared = try SharedGateway.current
        let arguments = #"{"source_timezone":"Europe/Berlin","time":"12:00","target_timezone":"Asia/Tokyo"}"#
        let output = try await shared.gateway.workspace.run(
            ["call", "--url", shared.gateway.agentsURL, "time___convert_time", arguments],
            environment: ["MCP_GATEWAY_KEY": shared.key]
        )
        #expect(output.status == 0, "\(output.err)")
        #expect(output.out.contains("Asia/Tokyo"))
    }
}
