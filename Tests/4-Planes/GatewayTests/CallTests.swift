import Bytes
import EventLoop
import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// `tools/call`: the tool that is found, the payload that is sent, and the result of a valid answer.
struct CallTests {
    struct Hidden: Sendable {
        let name: String
        var key = Keys.good
    }

    @Test(arguments: [
        Hidden(name: "time___absent"), Hidden(name: "nowhere___now"), Hidden(name: "now"), Hidden(name: ""),
        Hidden(name: "time___held"), Hidden(name: "off___gone"), Hidden(name: "rpc___echo", key: Keys.narrow),
        Hidden(name: "TIME___now"), Hidden(name: "time___now "), Hidden(name: "time__now"),
        Hidden(name: "time___now/../x"),
    ])
    func `an unknown tool and a hidden tool get the same answer`(_ row: Hidden) async throws {
        try await withAgents { agents in
            let modern = try await agents.expect(
                400,
                Ask.modernCall(row.name).with("Mcp-Name", nil)
                    .adding("Mcp-Name", Self.mirrored(row.name)).by(row.key)
            )
            let error = #""error":{"code":-32602,"message":"Unknown tool: \#(row.name)"}}"#
            #expect(modern.body == #"{"jsonrpc":"2.0","id":1,"# + error)
            let legacy = try await agents.expect(200, Ask.legacyCall(row.name).by(row.key))
            #expect(legacy.body == modern.body)
            #expect(legacy.fields == modern.fields)
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    /// The form in which a header must carry a name with white space at its end.
    private static func mirrored(_ name: String) -> String {
        name.hasSuffix(" ") ? "=?base64?dGltZV9fX25vdyA=?=" : name
    }

    @Test(arguments: [
        #"time___now"#, #"time\u005f__now"#, #"\u0074ime___now"#, #"time___n\u006Fw"#,
    ])
    func `a tool is found by its name with any JSON escapes`(_ spelling: String) async throws {
        try await withAgents { agents in
            let params = #""name":"\#(spelling)","arguments":{}"#
            try await agents.expect(200, .modern("tools/call", params).adding("Mcp-Name", "time___now"))
            try await agents.expect(200, .legacy("tools/call", "{\(params)}"))
            #expect(agents.upstream.sent.count == 2)
            #expect(agents.upstream.sent.allSatisfy { $0.payload.contains(#""name":"now""#) })
        }
    }

    struct Payload: Sendable {
        let tool: String
        let params: String
        let payload: String
    }

    private static let odd =
        #"{ "b":1.0, "a":[1E400,-0,9007199254740993], "é":"\u00e9\/", "":{"a":null,"a2":true} }"#

    @Test(arguments: [
        Payload(
            tool: "time___now",
            params: #","arguments":\#(odd)"#,
            payload: #"{"method":"tools/call","params":{"name":"now","arguments":\#(odd)}}"#
        ),
        Payload(
            tool: "time___now",
            params: "",
            payload: #"{"method":"tools/call","params":{"name":"now","arguments":{}}}"#
        ),
        Payload(
            tool: "time___now",
            params: #","arguments":null,"_meta":{"progressToken":"p"}"#,
            payload: #"{"method":"tools/call","params":{"name":"now","arguments":{}}}"#
        ),
        Payload(
            tool: "rpc___echo",
            params: #","arguments":\#(odd)"#,
            payload:
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":\#(odd)}}"#
        ),
        Payload(
            tool: "rpc___echo",
            params:
                #","_meta":{"own":"x","mcp-gateway/caller":{},"baggage":"b","progressToken": 7,"traceparent":"00-1"}"#,
            payload: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{},"#
                + #""_meta":{"own":"x","baggage":"b","progressToken":7,"traceparent":"00-1"}}}"#
        ),
    ])
    func `arguments and _meta reach the function byte for byte, and nothing else of the caller`(
        _ row: Payload
    )
        async throws
    {
        try await withAgents { agents in
            let legacy = Ask.legacy(
                "tools/call",
                #"{"name":"\#(row.tool)"\#(row.params)}"#,
                id: #""agent's""#
            )
            try await agents.expect(200, legacy)
            #expect(agents.upstream.sent.map { $0.payload } == [row.payload])
            #expect(agents.upstream.recycled.count == 1)
        }
    }

    @Test func `functions don't see the caller's era, and message ids never repeat`() async throws {
        try await withAgents { agents in
            for _ in 0..<3 { try await agents.expect(200, .modernCall("rpc___echo", #"{"x":1}"#)) }
            let start = #"{"jsonrpc":"2.0","id":"#
            let rest = #","method":"tools/call","params":{"name":"echo","arguments":{"x":1}}}"#
            #expect(agents.upstream.sent.map { $0.payload } == (1...3).map { "\(start)\($0)\(rest)" })
        }
    }

    struct Mirror: Sendable {
        let arguments: String
        var region: String?
        var limit: String?
        let isSound: Bool
    }

    @Test(arguments: [
        Mirror(arguments: "{}", isSound: true),
        Mirror(arguments: #"{"region":"eu"}"#, region: "eu", isSound: true),
        Mirror(arguments: #"{"region":"eu","limit":42}"#, region: "eu", limit: "42", isSound: true),
        Mirror(arguments: #"{"limit":42.0}"#, limit: "42", isSound: true),
        Mirror(arguments: #"{"region":"\u0065u"}"#, region: "=?base64?ZXU=?=", isSound: true),
        Mirror(arguments: #"{"region":null}"#, isSound: true),
        Mirror(arguments: #"{"region":"eu"}"#, isSound: false),
        Mirror(arguments: #"{"region":"eu"}"#, region: "EU", isSound: false),
        Mirror(arguments: #"{"limit":42}"#, limit: "43", isSound: false),
        Mirror(arguments: "{}", region: "eu", isSound: false),
        Mirror(arguments: #"{"region":null}"#, region: "eu", isSound: false),
        Mirror(arguments: #"{"region":"eu"}"#, region: "=?base64?ZXU?=", isSound: false),
    ])
    func `mirrored parameters are checked only for modern callers`(_ row: Mirror) async throws {
        try await withAgents { agents in
            func mirror(_ ask: Ask) -> Ask {
                ask.with("Mcp-Param-Region", row.region).with("mcp-param-LIMIT", row.limit)
            }
            let status = row.isSound ? 200 : 400
            let reply = try await agents.expect(status, mirror(.modernCall("rpc___query", row.arguments)))
            #expect(reply.code == (row.isSound ? nil : -32020))
            try await agents.expect(200, mirror(.legacyCall("rpc___query", row.arguments)))
            #expect(agents.upstream.sent.count == (row.isSound ? 2 : 1))
            // The tool is hidden from this key: the check must not reveal that it exists.
            let hidden = try await agents.expect(
                400,
                mirror(.modernCall("rpc___query", row.arguments)).by(Keys.narrow)
            )
            #expect(hidden.message == "Unknown tool: rpc___query")
            let inFlight = #"mcp_gateway_calls_in_flight{target="rpc"}"#
            #expect(agents.metric(inFlight) == "0")
        }
    }

    struct Shape: Sendable {
        let body: String
        /// The result's members for 2025-06-18, without `_meta`.
        let members: String
        var isError = false
    }

    private static let block = #"{"type":"text","text":"é \"x\"","annotations":{"n":1.50}}"#

    static let shapes = [
        Shape(body: #"{"content":[\#(block)]}"#, members: #""content":[\#(block)]"#),
        Shape(
            body: #"{"content":[\#(block)],"structuredContent":{"a":1.0},"isError":false}"#,
            members: #""content":[\#(block)],"structuredContent":{"a":1.0},"isError":false"#
        ),
        Shape(
            body: #"{"content":[],"isError":true}"#,
            members: #""content":[],"isError":true"#,
            isError: true
        ),
        Shape(body: #"{"resultType":"complete","content":[]}"#, members: #""content":[]"#),
        Shape(body: "[\(block)]", members: #""content":[\#(block)]"#),
        Shape(
            body: #"[[\#(block)],{"a":1E2}]"#,
            members: #""content":[\#(block)],"structuredContent":{"a":1E2}"#
        ),
        Shape(
            body: #"{"a":[1, 2.50]}"#,
            members:
                #""content":[{"type":"text","text":"{\"a\":[1, 2.50]}"}],"structuredContent":{"a":[1, 2.50]}"#
        ),
        Shape(body: "42", members: #""content":[{"type":"text","text":"42"}]"#),
    ]

    @Test(arguments: shapes, ["time___now", "rpc___echo"])
    func `every shape of answer becomes a result of the caller's era`(_ row: Shape, _ tool: String)
        async throws
    {
        try await withAgents { agents in
            let contract = tool == "time___now" ? "mcp-wrapper" : "jsonrpc"
            agents.upstream.respond = { _ in FakeUpstream.answer(row.body, for: contract) }
            let legacy = try await agents.expect(200, .legacyCall(tool, id: #""x\/y""#))
            #expect(legacy.body == #"{"jsonrpc":"2.0","id":"x\/y","result":{\#(row.members)}}"#)
            let modern = try await agents.expect(200, .modernCall(tool, id: #""x\/y""#))
            let server = #""io.modelcontextprotocol/serverInfo":{"name":"gateway","version":"1.2"}"#
            #expect(
                modern.body
                    == #"{"jsonrpc":"2.0","id":"x\/y","result":{"resultType":"complete",\#(row.members),"_meta":{\#(server)}}}"#
            )
            let old = try await agents.expect(200, .legacyCall(tool, version: "2025-03-26"))
            #expect(old.result["structuredContent"] == nil)
            #expect(old.result["content"] == legacy.result["content"])
            #expect(agents.upstream.recycled.count == 3)
            let target = String(tool.prefix { $0 != "_" })
            let name = String(tool.dropFirst(target.count + 3))
            let outcome = row.isError ? "tool_error" : "ok"
            let metric =
                #"mcp_gateway_calls_total{target="\#(target)",tool="\#(name)",outcome="\#(outcome)"}"#
            #expect(agents.metric(metric) == "3")
        }
    }

    @Test func `a function's _meta is kept, but it can't pose as the gateway`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                FakeUpstream.answer(
                    #"{"content":[],"_meta":{"k":1e2,"io.modelcontextprotocol/serverInfo":{"name":"evil"}},"ttlMs":5}"#
                )
            }
            let legacy = try await agents.expect(200, .legacyCall("time___now"))
            #expect(legacy.body.hasSuffix(#""result":{"content":[],"_meta":{"k":1e2}}}"#))
            let modern = try await agents.expect(200, .modernCall("time___now"))
            #expect(!modern.body.contains("evil"))
            #expect(modern.body.contains(#""k":1e2"#))
        }
    }

    @Test func `only a modern caller's cancellation is passed to the upstream`() async throws {
        try await withAgents { agents in
            let cancellation = Cancellation()
            _ = try await agents.send(.modernCall("time___now"), cancellation: cancellation)
            _ = try await agents.send(.legacyCall("time___now"), cancellation: cancellation)
            #expect(agents.upstream.cancellations.count == 2)
            #expect(agents.upstream.cancellations[0] === cancellation)
            #expect(agents.upstream.cancellations[1] == nil)
        }
    }

    @Test func `a call in flight ends with the snapshot it began with`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                agents.publish(Sample.snapshot(version: 2, tools: [], keys: []))
                return FakeUpstream.answer(#"{"content":[]}"#)
            }
            try await agents.expect(200, .modernCall("time___now"))
            try await agents.expect(401, .modernCall("time___now"))
            #expect(agents.metric(#"mcp_gateway_calls_in_flight{target="time"}"#) == "0")
        }
    }
}
