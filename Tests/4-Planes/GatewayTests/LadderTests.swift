import Gateway
import JSON
import MCP
import TestSupport
import Testing

/// The status and code that each request gets, in both eras.
struct LadderTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let ask: Ask
        let status: Int
        var code: Int?
        /// The raw id that the answer must repeat; nil when it has none.
        var id: String? = "1"

        var testDescription: String { "\(status) \(code.map(String.init) ?? "-") for \(ask.testDescription)" }
    }

    private static let versionHeader = "MCP-Protocol-Version"
    private static let call = #""name":"time___now""#

    /// Source of the order: the specification's conformance tests.
    static let modern: [Row] = [
        Row(ask: .modernCall("time___now"), status: 200),
        Row(ask: .modern("tools/list"), status: 200),
        Row(ask: .modern("server/discover"), status: 200),
        // a: the shape of _meta
        Row(
            ask: .post(
                #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":"#
                    + #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#
            ).with(versionHeader, "2026-07-28").with("Mcp-Method", "tools/list"),
            status: 400,
            code: -32602
        ),
        // b: version header missing, different or repeated
        Row(ask: .modern("tools/list").with(versionHeader, nil), status: 400, code: -32020),
        Row(ask: .modern("tools/list").with(versionHeader, "2025-06-18"), status: 400, code: -32020),
        Row(ask: .modern("tools/list").adding(versionHeader, "2026-07-28"), status: 400, code: -32020),
        // c: unsupported version
        Row(
            ask: .post(
                #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":"#
                    + #"{"io.modelcontextprotocol/protocolVersion":"v999","#
                    + #""io.modelcontextprotocol/clientCapabilities":{}}}}"#
            ).with(versionHeader, "v999").with("Mcp-Method", "tools/list"),
            status: 400,
            code: -32022
        ),
        // d: routing headers
        Row(ask: .modern("tools/list").with("Mcp-Method", nil), status: 400, code: -32020),
        Row(ask: .modern("tools/list").with("Mcp-Method", "tools/call"), status: 400, code: -32020),
        Row(ask: .modern("tools/call", call), status: 400, code: -32020),
        Row(ask: .modern("tools/call", call).with("Mcp-Name", "time___list"), status: 400, code: -32020),
        Row(ask: .modern("tools/call", call).with("Mcp-Name", "=?base64?dGltZV9fX25vdw==?="), status: 200),
        Row(
            ask: .modern("tools/call", call).with("Mcp-Name", "=?base64?dGltZV9fX25vdw?="),
            status: 400,
            code: -32020
        ),
        // e: unknown methods
        Row(ask: .modern("ping"), status: 404, code: -32601),
        Row(ask: .modern("initialize"), status: 404, code: -32601),
        Row(ask: .modern("logging/setLevel"), status: 404, code: -32601),
        Row(ask: .modern("prompts/list"), status: 404, code: -32601),
        Row(ask: .modern("no/such"), status: 404, code: -32601),
        // parameters
        Row(ask: .modern("tools/call", #""name":1"#).with("Mcp-Name", "1"), status: 400, code: -32602),
        Row(
            ask: .modern("tools/call", call + #","arguments":[]"#).with("Mcp-Name", "time___now"),
            status: 400,
            code: -32602
        ),
        Row(ask: .modern("tools/list", #""cursor":"bm9wZQ""#), status: 400, code: -32602),
        Row(ask: .modern("tools/list", #""cursor":"""#), status: 400, code: -32602),
        Row(ask: .modern("tools/list", #""cursor":7"#), status: 400, code: -32602),
        Row(ask: .modernCall("time___absent"), status: 400, code: -32602),
        // the header says modern, the body does not
        Row(
            ask: .legacy("tools/list", version: "2026-07-28"),
            status: 400,
            code: -32602
        ),
        Row(
            ask: .initialize("2025-06-18", id: "1").with(versionHeader, "2026-07-28"),
            status: 400,
            code: -32602
        ),
        // notifications and responses
        Row(
            ask: .legacy("notifications/cancelled", id: nil, version: "2026-07-28"),
            status: 202,
            id: nil
        ),
        Row(
            ask: .post(#"{"jsonrpc":"2.0","id":1,"result":{}}"#).with(versionHeader, "2026-07-28"),
            status: 400,
            code: -32600,
            id: nil
        ),
        // not a single JSON-RPC object
        Row(ask: .post("{").with(versionHeader, "2026-07-28"), status: 400, code: -32700, id: nil),
        Row(ask: .post("[]").with(versionHeader, "2026-07-28"), status: 400, code: -32600, id: nil),
        Row(ask: .modern("tools/list", id: "null"), status: 400, code: -32600, id: nil),
        Row(
            ask: .modern("tools/list").with("Content-Type", "text/plain"),
            status: 415,
            code: -32600,
            id: nil
        ),
        Row(ask: .modern("tools/list").with("Accept", "text/html"), status: 406, code: -32600, id: nil),
        // ids come back unchanged
        Row(
            ask: .modern("tools/list", id: #""a\u0022\n\ud83d\ude00""#),
            status: 200,
            id: #""a\u0022\n\ud83d\ude00""#
        ),
        Row(ask: .modern("tools/list", id: "9007199254740993123"), status: 200, id: "9007199254740993123"),
        Row(ask: .modern("ping", id: "-0"), status: 404, code: -32601, id: "-0"),
        Row(ask: .modernCall("x___y", id: #""""#), status: 400, code: -32602, id: #""""#),
    ]

    static let legacy: [Row] = [
        Row(ask: .legacy("ping"), status: 200),
        Row(ask: .legacy("ping", version: "2025-11-25"), status: 200),
        Row(ask: .legacy("tools/list"), status: 200),
        Row(ask: .legacyCall("time___now"), status: 200),
        Row(ask: .legacyCall("time___absent"), status: 200, code: -32602),
        Row(ask: .legacy("tools/call", "{}"), status: 200, code: -32602),
        Row(ask: .legacy("tools/call", #"{"name":["x"]}"#), status: 200, code: -32602),
        Row(ask: .legacy("tools/call", #"{"name":"time___now","arguments":"x"}"#), status: 200, code: -32602),
        Row(ask: .legacy("tools/list", #"{"cursor":"bm9wZQ"}"#), status: 200, code: -32602),
        Row(ask: .legacy("tools/list", "[]"), status: 400, code: -32600),
        Row(ask: .legacy("no/such"), status: 200, code: -32601),
        Row(ask: .legacy("server/discover"), status: 200, code: -32601),
        Row(ask: .legacy("prompts/list"), status: 200, code: -32601),
        Row(ask: .legacy("resources/read", #"{"uri":"x:y"}"#), status: 200, code: -32601),
        Row(ask: .legacy("ping", version: "2024-11-05"), status: 400, code: -32022),
        Row(ask: .legacy("ping", version: "1999-01-01"), status: 400, code: -32022),
        Row(ask: .legacy("ping", version: ""), status: 400, code: -32022),
        Row(ask: .legacy("notifications/initialized", id: nil), status: 202, id: nil),
        Row(ask: .legacy("notifications/own", id: nil), status: 202, id: nil),
        Row(ask: .legacy("tools/call", #"{"name":"time___now"}"#, id: nil), status: 202, id: nil),
        Row(ask: .legacy("initialize", "{}", id: nil), status: 202, id: nil),
        Row(ask: .post(#"{"jsonrpc":"2.0","id":1,"result":{}}"#), status: 202, id: nil),
        Row(
            ask: .post(#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#),
            status: 202,
            id: nil
        ),
        Row(ask: .post(""), status: 400, code: -32700, id: "null"),
        Row(ask: .post("7"), status: 400, code: -32600, id: "null"),
        Row(ask: .post(#"{"id":1,"method":"ping"}"#), status: 400, code: -32600),
        Row(
            ask: .post(#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#),
            status: 400,
            code: -32600,
            id: "null"
        ),
        Row(
            ask: .post(#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#),
            status: 400,
            code: -32600,
            id: "null"
        ),
        Row(ask: .initialize("2025-06-18", id: "1"), status: 200),
        Row(ask: .legacy("initialize"), status: 200, code: -32602),
        Row(ask: .legacy("initialize", #"{"protocolVersion":7}"#), status: 200, code: -32602),
    ]

    @Test(arguments: modern + legacy)
    func `each request has its status, its code and its own id`(_ row: Row) async throws {
        try await withAgents { agents in
            let reply = try await agents.send(row.ask)
            #expect(reply.status == row.status)
            #expect(reply.code == row.code)
            if row.status == 202 {
                #expect(reply.body.isEmpty)
                return
            }
            #expect(reply.contentType == "application/json")
            #expect(reply.json["jsonrpc"]?.stringValue == "2.0")
            #expect((reply.json["result"] == nil) == (row.code != nil))
            if let id = row.id {
                #expect(reply.body.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"#), "\(reply.body)")
            } else {
                #expect(reply.json["id"] == nil)
            }
            if row.code != nil { #expect(agents.upstream.sent.isEmpty) }
        }
    }

    @Test func `the error for an unsupported version lists the supported ones, as discover does`()
        async throws
    {
        try await withAgents { agents in
            let refused = try await agents.send(.legacy("ping", version: "2031-01-01"))
            let data = try #require(refused.json["error"]?["data"])
            let served: JSONValue = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]
            #expect(data == ["supported": served, "requested": "2031-01-01"])
            let result = try await agents.send(.modern("server/discover")).result
            #expect(result["supportedVersions"] == data["supported"])
            #expect(result["resultType"]?.stringValue == "complete")
            #expect(result["ttlMs"]?.intValue == 60_000)
            #expect(result["cacheScope"]?.stringValue == "private")
            #expect(
                result["capabilities"] == (["tools": ["listChanged": true], "logging": [:]] as JSONValue)
            )
            #expect(result["instructions"]?.stringValue == "Be kind.")
            let server = result["_meta"]?["io.modelcontextprotocol/serverInfo"]
            #expect(server == (["name": "gateway", "version": "1.2"] as JSONValue))
        }
    }

    @Test func `the answer to an unknown name stays short`() async throws {
        try await withAgents { agents in
            // For a reader this is one character, however many marks it has.
            let long = "n" + String(repeating: "\u{301}", count: 100_000)
            for ask in [Ask.legacyCall(long), .legacy(long), .legacy("ping", version: "x")] {
                let reply = try await agents.send(ask)
                #expect(reply.code != nil)
                #expect(reply.body.utf8.count < 2_048)
            }
        }
    }
}
