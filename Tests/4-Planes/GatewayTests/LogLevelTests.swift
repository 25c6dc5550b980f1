import JSON
import MCP
import Testing

/// `logging/setLevel`, which is accepted and changes nothing: no log messages are relayed.
struct LogLevelTests {
    @Test(arguments: LoggingLevel.allCases)
    func `a known level is accepted, with a session and without one`(_ level: LoggingLevel) async throws {
        try await withAgents { agents in
            let ask = Ask.legacy("logging/setLevel", #"{"level":"\#(level)"}"#, version: "2025-11-25")
            #expect(try await agents.expect(200, ask).result == ([:] as JSONValue))
            let session = try await agents.session("2025-06-18")
            #expect(
                try await agents.expect(200, ask.with("Mcp-Session-Id", session)).result == ([:] as JSONValue)
            )
        }
    }

    @Test(arguments: [
        nil, "{}", #"{"level":null}"#, #"{"level":3}"#, #"{"level":""}"#, #"{"level":"INFO"}"#,
        #"{"level":"trace"}"#, #"{"level":["info"]}"#,
        #"{"level":"\#(String(repeating: "x", count: 10_000))"}"#,
    ])
    func `another level is refused, and the known ones are named`(_ params: String?) async throws {
        try await withAgents { agents in
            let reply = try await agents.expect(200, .legacy("logging/setLevel", params))
            #expect(reply.code == -32602)
            #expect(
                reply.message
                    == "params.level must be one of debug, info, notice, warning, error, critical, alert, emergency."
            )
        }
    }

    @Test
    func
        `the capability is declared to those who see a target that can tell, and only legacy clients set it`()
        async throws
    {
        try await withAgents { agents in
            for (key, isThere) in [(Keys.good, true), (Keys.narrow, false)] {
                let hello = try await agents.expect(200, .initialize("2025-11-25").by(key))
                #expect((hello.result["capabilities"]?["logging"] != nil) == isThere)
            }
            let modern = Ask.modern("logging/setLevel", #""level":"info""#)
            #expect(try await agents.expect(404, modern).code == -32601)
        }
    }
}
