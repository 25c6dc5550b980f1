import JSON
import TestSupport
import Testing

/// What a client learns about the gateway before it asks for anything.
struct GreetingTests {
    private static let served: JSONValue = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]

    private func initialize(_ agent: Agent, _ version: String) async throws -> JSONValue {
        let client = #"{"name":"test","version":"1"}"#
        let params = #"{"protocolVersion":"\#(version)","capabilities":{},"clientInfo":\#(client)}"#
        return try await agent.send("initialize", params).result ?? .null
    }

    @Test func `a client learns what the gateway is and how tools are named, in the form of its revision`()
        async throws
    {
        try await withGateway { gateway in
            let key = try await gateway.agent().key
            let legacy = Agent(port: gateway.agentsPort, key: key, era: .legacy)
            for (version, title) in [
                ("2025-03-26", nil), ("2025-06-18", "MCP Gateway"), ("2025-11-25", "MCP Gateway"),
            ] {
                let result = try await initialize(legacy, version)
                #expect(result["protocolVersion"]?.stringValue == version)
                #expect(result["serverInfo"]?["name"]?.stringValue == "mcp-gateway")
                #expect(result["serverInfo"]?["title"]?.stringValue == title)
                #expect(result["instructions"]?.stringValue?.contains("three underscores") == true)
            }
            let modern = Agent(port: gateway.agentsPort, key: key, era: .modern)
            let result = try #require(try await modern.send("server/discover", "{}").result)
            let info = result["_meta"]?["io.modelcontextprotocol/serverInfo"]
            #expect(info?["title"]?.stringValue == "MCP Gateway")
            #expect(result["instructions"]?.stringValue?.contains("gateway") == true)
            #expect(result["supportedVersions"] == Self.served)
        }
    }

    @Test(arguments: [("Ask before you buy.", "Ask before you buy."), ("", nil)] as [(String, String?)])
    func `an operator's own text replaces the instructions, and an empty text removes them`(
        _ words: String,
        _ told: String?
    ) async throws {
        try await withGateway(settings: ["agents": "instructions = \"\(words)\""]) { gateway in
            let key = try await gateway.agent().key
            let legacy = Agent(port: gateway.agentsPort, key: key, era: .legacy)
            #expect(try await initialize(legacy, "2025-11-25")["instructions"]?.stringValue == told)
            let modern = Agent(port: gateway.agentsPort, key: key, era: .modern)
            let result = try await modern.send("server/discover", "{}").result
            #expect(result?["instructions"]?.stringValue == told)
        }
    }

    @Test func `a slash after the endpoint's path changes nothing and isn't redirected`() async throws {
        try await withGateway { gateway in
            let key = try await gateway.agent().key
            let body = #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}"#
            var answers: [String] = []
            for path in ["/mcp", "/mcp/", "/mcp/?x=1", "/mcp//", "/mcp/x", "/MCP"] {
                let client = try RawClient(port: gateway.agentsPort)
                client.send(
                    "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                let response = try await client.readResponse()
                client.close()
                answers.append("\(response.status) \(response.status == 200 ? response.text : "")")
            }
            #expect(answers[0].hasPrefix("200 {"))
            #expect(answers == [answers[0], answers[0], answers[0], "404 ", "404 ", "404 "])
        }
    }
}
