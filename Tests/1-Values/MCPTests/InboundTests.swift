import Bytes
import HTTP
import JSON
import MCP
import Testing

/// The ladder of checks, with a row for each rule and each of its edges.
struct InboundTests {
    private static let call =
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a___b","arguments":{}}}"#
    private static let versionKey = "io.modelcontextprotocol/protocolVersion"

    static let negotiation: [Row] = [
        Row(Post(call).with("Content-Type", nil), .legacyFault(415, -32600, id: false)),
        Row(Post(call).with("Content-Type", "text/plain"), .legacyFault(415, -32600, id: false)),
        Row(Post.modern().with("Content-Type", "text/plain"), .modernFault(415, -32600, id: false)),
        Row(Post(call).with("Content-Type", "application/jsonx"), .legacyFault(415, -32600, id: false)),
        Row(
            Post(call).with("Content-Type", "Application/JSON ; charset=utf-8"),
            .legacy(.toolsCall, .request, nil)
        ),
        Row(
            Post(call).adding("Content-Type", "text/plain"),
            .legacyFault(400, -32600, id: false)
        ),
        Row(Post(call).adding("Content-Encoding", "gzip"), .legacyFault(415, -32600, id: false)),
        Row(Post.modern().adding("content-encoding", "br"), .modernFault(415, -32600, id: false)),
        Row(Post(call).adding("Content-Encoding", "Identity"), .legacy(.toolsCall, .request, nil)),
        Row(Post(call).with("Accept", "text/html"), .legacyFault(406, -32600, id: false)),
        Row(Post.modern().with("Accept", "image/*, text/html"), .modernFault(406, -32600, id: false)),
        Row(Post(call).with("Accept", "application/json;q=0"), .legacyFault(406, -32600, id: false)),
        Row(Post(call).with("Accept", "application/json;v=1; q=0.000"), .legacyFault(406, -32600, id: false)),
        Row(Post(call).with("Accept", "application/json;q=0.001"), .legacy(.toolsCall, .request, nil)),
        Row(Post(call).with("Accept", nil), .legacy(.toolsCall, .request, nil)),
        Row(Post(call).with("Accept", ""), .legacy(.toolsCall, .request, nil)),
        Row(Post(call).with("Accept", " , ,\t"), .legacy(.toolsCall, .request, nil)),
        Row(Post(call).with("Accept", "").adding("Accept", ""), .legacy(.toolsCall, .request, nil)),
        Row(
            Post(call).with("Accept", "").adding("Accept", "text/html"),
            .legacyFault(406, -32600, id: false)
        ),
        Row(Post(call).with("Accept", "text/html, "), .legacyFault(406, -32600, id: false)),
        Row(Post(call).with("Accept", "*/*"), .legacy(.toolsCall, .request, nil)),
        Row(Post(call).with("Accept", "application/*"), .legacy(.toolsCall, .request, nil)),
        Row(Post(call).with("Accept", "text/html , TEXT/Event-Stream"), .legacy(.toolsCall, .request, nil)),
        Row(
            Post(call).with("Accept", "text/html").adding("accept", "*/*;q=0.1"),
            .legacy(.toolsCall, .request, nil)
        ),
    ]

    static let notMessages: [Row] =
        [
            "", " ", "{", "nope", #"{"jsonrpc":"2.0","id":1,"method":"ping"}}"#, "{\"a\":\"\u{1}\"}", "[",
            "[1,]",
        ]
        .flatMap { body in
            [
                Row(Post(body), .legacyFault(400, -32700, id: false)),
                Row(
                    Post(body).adding("MCP-Protocol-Version", "2026-07-28"),
                    .modernFault(400, -32700, id: false)
                ),
            ]
        } + [
            Row(Post("1"), .legacyFault(400, -32600, id: false)),
            Row(Post("\"x\""), .legacyFault(400, -32600, id: false)),
            Row(Post("{}"), .legacyFault(400, -32600, id: false)),
            Row(Post(#"{"id":1,"method":"ping"}"#), .legacyFault(400, -32600)),
            Row(Post(#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#), .legacyFault(400, -32600)),
            Row(Post(#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#), .legacyFault(400, -32600)),
            Row(Post(#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#), .legacyFault(400, -32600, id: false)),
            Row(Post(#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#), .legacyFault(400, -32600, id: false)),
            Row(Post(#"{"jsonrpc":"2.0","id":1e2,"method":"ping"}"#), .legacyFault(400, -32600, id: false)),
            Row(Post(#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#), .legacyFault(400, -32600, id: false)),
            Row(Post(#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#), .legacyFault(400, -32600, id: false)),
            Row(Post(#"{"jsonrpc":"2.0","id":1}"#), .legacyFault(400, -32600)),
            Row(Post(#"{"jsonrpc":"2.0","id":1,"method":7}"#), .legacyFault(400, -32600)),
            Row(Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#), .legacyFault(400, -32600)),
            Row(Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#), .legacyFault(400, -32600)),
            Row(
                Post(#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#),
                .legacyFault(400, -32600, id: false)
            ),
            Row(
                Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"x"}"#),
                .legacyFault(400, -32600)
            ),
            Row(
                Post(
                    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","n\u0061me":"b"}}"#
                ),
                .legacyFault(400, -32600)
            ),
            Row(
                Post.modern(meta: Post.meta(more: #""progressToken":1,"progressToken":2"#)),
                .modernFault(400, -32600)
            ),
            Row(
                Post(
                    #"{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"\#(versionKey)":"v"}},"id":2}"#
                ),
                .modernFault(400, -32600, id: false)
            ),
        ]

    /// Members that many serializers write as null where others leave them out.
    static let nulls: [Row] = [
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}"#),
            .legacy(.toolsList, .request, nil)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":null,"cursor":null}}"#),
            .legacy(.toolsList, .request, nil)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","method":"notifications/initialized","params":null}"#),
            .legacy(.initialized, .notification, nil)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","method":"notifications/initialized","params":{"_meta":null}}"#),
            .legacy(.initialized, .notification, nil)
        ),
        Row(
            Post(
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","#
                    + #""params":{"name":"a___b","arguments":null,"_meta":null},"result":null,"error":null}"#
            ),
            .legacy(.toolsCall, .request, nil)
        ),
        Row(
            Post(
                #"[{"jsonrpc":"2.0","id":1,"method":"ping","params":null},"#
                    + #"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":null}}]"#
            ),
            .batch(2, nil)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}"#)
                .adding("MCP-Protocol-Version", "2026-07-28"),
            .modernFault(400, -32602)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","method":"notifications/x","params":null}"#)
                .adding("MCP-Protocol-Version", "2026-07-28"),
            .accepted
        ),
        Row(
            Post.modern(params: #""name":"weather___forecast","arguments":null"#),
            .modern(.toolsCall)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"null"}"#),
            .legacyFault(400, -32600)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":[]}}"#),
            .legacyFault(200, -32602)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":"null"}}"#),
            .legacyFault(200, -32602)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","result":null,"error":{}}"#),
            .legacyFault(400, -32600)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null,"params":{}}"#),
            .legacyFault(400, -32600)
        ),
    ]

    static let batches: [Row] = [
        Row(Post("[\(call)]"), .batch(1, nil)),
        Row(Post(" [ \(call) , \(call) ] "), .batch(2, nil)),
        Row(Post("[\(call)]").adding("MCP-Protocol-Version", "2025-03-26"), .batch(1, .v20250326)),
        Row(
            Post("[\(call)]").adding("MCP-Protocol-Version", "2025-06-18"),
            .legacyFault(400, -32600, id: false)
        ),
        Row(
            Post("[\(call)]").adding("MCP-Protocol-Version", "2025-11-25"),
            .legacyFault(400, -32600, id: false)
        ),
        Row(
            Post("[\(call)]").adding("MCP-Protocol-Version", "2026-07-28"),
            .modernFault(400, -32600, id: false)
        ),
        Row(
            Post("[\(call)]").adding("MCP-Protocol-Version", "1999-01-01"),
            .legacyFault(400, -32022, id: false)
        ),
        Row(Post("[]"), .legacyFault(400, -32600, id: false)),
        Row(Post("[\(call),1]"), .legacyFault(400, -32600, id: false)),
        Row(Post("[[\(call)]]"), .legacyFault(400, -32600, id: false)),
        Row(Post("[\(call),{\"id\":1}]"), .legacyFault(400, -32600, id: false)),
        Row(Post("[\(Post.modern().body)]"), .modernFault(400, -32600, id: false)),
        Row(
            Post(#"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}]"#),
            .legacyFault(400, -32600, id: false)
        ),
        Row(
            Post("[" + Array(repeating: call, count: 101).joined(separator: ",") + "]"),
            .legacyFault(400, -32600, id: false)
        ),
        Row(Post("[" + Array(repeating: call, count: 100).joined(separator: ",") + "]"), .batch(100, nil)),
    ]

    static let oneWay: [Row] = {
        let response = Post(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        let failure = Post(#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#)
        let notification = Post(#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#)
        let claiming = Post(
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"_meta":\#(Post.meta())}}"#
        )
        return [
            Row(response, .legacy(.unknown, .response, nil)),
            Row(failure, .legacy(.unknown, .response, nil)),
            Row(
                response.adding("MCP-Protocol-Version", "2025-11-25"),
                .legacy(.unknown, .response, .v20251125)
            ),
            Row(response.adding("MCP-Protocol-Version", "2026-07-28"), .modernFault(400, -32600, id: false)),
            Row(failure.adding("MCP-Protocol-Version", "2026-07-28"), .modernFault(400, -32600, id: false)),
            Row(notification, .legacy(.cancelled, .notification, nil)),
            Row(
                notification.adding("MCP-Protocol-Version", "2025-06-18"),
                .legacy(.cancelled, .notification, .v20250618)
            ),
            Row(notification.adding("MCP-Protocol-Version", "2026-07-28"), .accepted),
            Row(claiming, .accepted),
            Row(claiming.adding("MCP-Protocol-Version", "2026-07-28"), .accepted),
            Row(
                notification.adding("MCP-Protocol-Version", "2030-01-01"),
                .legacyFault(400, -32022, id: false)
            ),
        ]
    }()

    static let modern: [Row] = [
        Row(.modern(), .modern(.toolsCall)),
        Row(.modern("tools/list", params: "", name: nil), .modern(.toolsList)),
        Row(.modern("tools/list", params: #""cursor":"""#, name: nil), .modern(.toolsList)),
        Row(.modern("server/discover", params: "", name: nil), .modern(.discover)),
        Row(Post.modern().adding("Mcp-Session-Id", "ignored"), .modern(.toolsCall)),
        Row(
            .modern(meta: Post.meta(more: #""progressToken":"p","x/y":[1],"traceparent":"00-0-0-00""#)),
            .modern(.toolsCall)
        ),
        // a: the shape of _meta
        Row(.modern(meta: Post.meta(capabilities: nil)), .modernFault(400, -32602)),
        Row(.modern(meta: Post.meta(capabilities: "[]")), .modernFault(400, -32602)),
        Row(.modern(meta: Post.meta(capabilities: "null")), .modernFault(400, -32602)),
        Row(.modern(meta: Post.meta(version: "20260728")), .modernFault(400, -32602)),
        Row(.modern(meta: Post.meta(version: "null")), .modernFault(400, -32602)),
        Row(.modern(meta: Post.meta(more: #""progressToken":1.5"#)), .modernFault(400, -32602)),
        Row(.modern(meta: Post.meta(more: #""progressToken":{}"#)), .modernFault(400, -32602)),
        Row(.modern(meta: Post.meta(capabilities: nil), version: nil), .modernFault(400, -32602)),
        // b: the version header, before it is known whether the version is served
        Row(.modern(version: nil), .modernFault(400, -32020)),
        Row(.modern(version: "2025-11-25"), .modernFault(400, -32020)),
        Row(.modern(meta: Post.meta(version: "\"v999\"")), .modernFault(400, -32020)),
        Row(Post.modern().adding("mcp-protocol-version", "2026-07-28"), .modernFault(400, -32020)),
        // c: a version that isn't served
        Row(.modern(meta: Post.meta(version: "\"v999\""), version: "v999"), .modernFault(400, -32022)),
        Row(
            .modern(meta: Post.meta(version: "\"2025-11-25\""), version: "2025-11-25"),
            .modernFault(400, -32022)
        ),
        Row(
            Post.modern(meta: Post.meta(version: "\"v999\""), version: "v999").with("Mcp-Method", nil),
            .modernFault(400, -32022)
        ),
        // d: Mcp-Method and Mcp-Name
        Row(Post.modern().with("Mcp-Method", nil), .modernFault(400, -32020)),
        Row(Post.modern().with("Mcp-Method", "tools/list"), .modernFault(400, -32020)),
        Row(Post.modern().with("Mcp-Method", "TOOLS/CALL"), .modernFault(400, -32020)),
        Row(Post.modern().adding("MCP-METHOD", "tools/call"), .modernFault(400, -32020)),
        Row(.modern(name: nil), .modernFault(400, -32020)),
        Row(.modern(name: "weather___Forecast"), .modernFault(400, -32020)),
        Row(.modern(name: ""), .modernFault(400, -32020)),
        Row(Post.modern().adding("mcp-name", "weather___forecast"), .modernFault(400, -32020)),
        Row(.modern(name: "=?base64?d2VhdGhlcl9fX2ZvcmVjYXN0?="), .modern(.toolsCall)),
        Row(.modern(params: #""name":"bl\u00e5""#, name: "=?base64?YmzDpQ==?="), .modern(.toolsCall)),
        Row(.modern(params: #""name":"blå""#, name: "=?base64?YmzDpQ?="), .modernFault(400, -32020)),
        Row(.modern(params: #""name":"blå""#, name: "=?base64?YmzDpR==?="), .modernFault(400, -32020)),
        Row(.modern(params: #""name":"blå""#, name: "=?base64?Ymz!pQ==?="), .modernFault(400, -32020)),
        Row(.modern(params: #""name":"blå""#, name: "=?BASE64?YmzDpQ==?="), .modernFault(400, -32020)),
        Row(.modern(params: #""name":"=?base64?x""#, name: "=?base64?x"), .modern(.toolsCall)),
        Row(.modern("prompts/get", params: #""name":"p""#, name: nil), .modernFault(400, -32020)),
        Row(.modern("resources/read", params: #""uri":"x:y""#, name: "x:z"), .modernFault(400, -32020)),
        Row(.modern("tasks/get", params: #""taskId":"t""#, name: nil), .modernFault(400, -32020)),
        Row(.modern(params: "", name: nil), .modernFault(400, -32602)),
        Row(.modern(params: #""name":7"#, name: "7"), .modernFault(400, -32602)),
        // e: methods that aren't served
        Row(.modern("initialize", params: "", name: nil), .modernFault(404, -32601)),
        Row(.modern("ping", params: "", name: nil), .modernFault(404, -32601)),
        Row(.modern("logging/setLevel", params: "", name: nil), .modernFault(404, -32601)),
        Row(.modern("resources/subscribe", params: "", name: nil), .modernFault(404, -32601)),
        Row(.modern("resources/read", params: #""uri":"x:y""#, name: "x:y"), .modern(.resourcesRead)),
        Row(.modern("resources/read"), .modernFault(400, -32602)),
        Row(.modern("resources/subscribe", params: #""uri":"x:y""#), .modernFault(404, -32601)),
        Row(.modern("no/such", params: "", name: nil), .modernFault(404, -32601)),
        // then the parameters themselves
        Row(.modern(params: #""name":"a","arguments":[]"#, name: "a"), .modernFault(400, -32602)),
        Row(.modern(params: #""name":"a","arguments":null"#, name: "a"), .modern(.toolsCall)),
        Row(.modern(params: #""name":"a""#, name: "a"), .modern(.toolsCall)),
        Row(.modern("tools/list", params: #""cursor":3"#, name: nil), .modernFault(400, -32602)),
        Row(.modern("tools/list", params: #""cursor":null"#, name: nil), .modern(.toolsList)),
    ]

    static let legacy: [Row] = [
        // 7: no claim, but the header names another era or no known version
        Row(Post(call).adding("MCP-Protocol-Version", "2026-07-28"), .modernFault(400, -32602)),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#).adding(
                "MCP-Protocol-Version",
                "2026-07-28"
            ),
            .modernFault(400, -32602)
        ),
        Row(Post(call).adding("MCP-Protocol-Version", "2027-01-01"), .legacyFault(400, -32022)),
        Row(Post(call).adding("MCP-Protocol-Version", "2024-11-05"), .legacyFault(400, -32022)),
        Row(Post(call).adding("MCP-Protocol-Version", ""), .legacyFault(400, -32022)),
        Row(
            Post(call).adding("MCP-Protocol-Version", "2025-06-18").adding(
                "MCP-Protocol-Version",
                "2025-06-18"
            ),
            .legacyFault(400, -32600)
        ),
        // 8: legacy
        Row(Post(call), .legacy(.toolsCall, .request, nil)),
        Row(
            Post(call).adding("mcp-protocol-version", "2025-06-18"),
            .legacy(.toolsCall, .request, .v20250618)
        ),
        Row(
            Post(call).adding("MCP-Protocol-Version", "2025-03-26"),
            .legacy(.toolsCall, .request, .v20250326)
        ),
        Row(Post(call).adding("Mcp-Method", "ignored"), .legacy(.toolsCall, .request, nil)),
        Row(
            Post(#"{"jsonrpc":"2.0","id":"x","method":"initialize","params":{}}"#),
            .legacy(.initialize, .request, nil)
        ),
        Row(Post(#"{"jsonrpc":"2.0","id":"x","method":"ping"}"#), .legacy(.ping, .request, nil)),
        Row(Post(#"{"jsonrpc":"2.0","id":-1,"method":"x/y"}"#), .legacy(.unknown, .request, nil)),
        Row(Post(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#), .legacyFault(200, -32602)),
        Row(Post(#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#), .legacyFault(200, -32602)),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":[]}}"#),
            .legacyFault(200, -32602)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":1}}"#),
            .legacyFault(200, -32602)
        ),
        Row(
            Post(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{}}}"#),
            .legacy(.toolsList, .request, nil)
        ),
    ]

    @Test(arguments: negotiation)
    func `content negotiation comes first`(_ row: Row) { check(row) }

    @Test(arguments: nulls)
    func `null counts as absent exactly for members that may be absent`(_ row: Row) {
        check(row)
    }

    @Test(arguments: notMessages)
    func `anything but a JSON-RPC message is refused with the right code`(_ row: Row) { check(row) }

    @Test(arguments: batches)
    func `arrays of messages are accepted in one legacy version only`(_ row: Row) { check(row) }

    @Test(arguments: oneWay)
    func `notifications and responses are accepted in the eras that have them`(_ row: Row) { check(row) }

    @Test(arguments: modern)
    func `the checks on a modern request are made in their order`(_ row: Row) { check(row) }

    @Test(arguments: legacy)
    func `a request that claims no version is legacy unless its header says otherwise`(_ row: Row) {
        check(row)
    }

    private func check(_ row: Row) {
        let outcome = Outcome(Inbound.classify(row.post.request()))
        #expect(outcome == row.outcome)
    }

    @Test(arguments: [
        (Post.modern(meta: Post.meta(capabilities: nil)), "io.modelcontextprotocol/clientCapabilities"),
        (Post.modern(version: nil), "MCP-Protocol-Version"), (Post.modern(name: nil), "Mcp-Name"),
        (Post.modern(name: "x"), "params.name"), (Post("{\"jsonrpc\":\"2.0\",\"id\":1}"), "method"),
        (Post("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"x\"}"), "id"),
        (Post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":7}"), "params"),
        (Post("{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\"}"), "jsonrpc"), (Post("{\"a\":}"), "at byte 5"),
        (Post.modern("tools/list", params: #""cursor":3"#, name: nil), "params.cursor"),
        (Post.modern(params: #""name":"a","arguments":1"#, name: "a"), "params.arguments"),
    ])
    func `a refusal is one sentence that names the member or header at fault`(_ post: Post, _ name: String)
        throws
    {
        guard case .rejected(let rejection) = Inbound.classify(post.request()) else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.error.message.contains(name))
        #expect(rejection.error.message.hasSuffix("."))
    }

    @Test
    func `a request with an unsupported version is answered with all served versions, in either era`() throws
    {
        let served: JSONValue = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]
        let legacy = Post(Self.call).adding("MCP-Protocol-Version", "v999")
        let modern = Post.modern(meta: Post.meta(version: "\"v999\""), version: "v999")
        for (post, id) in [(modern, 7), (legacy, 1)] as [(Post, JSONValue)] {
            let request = post.request()
            guard case .rejected(let rejection) = Inbound.classify(request) else {
                throw RPCError(.internalError, "")
            }
            let body = try JSONValue(parsing: rejection.body(in: request.bytes.span).bytes.span)
            #expect(body["error"]?["data"] == ["supported": served, "requested": "v999"])
            #expect(body["id"] == id)
        }
        guard case .failure(let rejection) = Inbound.openStream(legacy.with("Accept", nil).request()) else {
            throw RPCError(.internalError, "")
        }
        #expect(rejection.error.data?.text.contains("2025-03-26") == true)
    }

    @Test
    func `an unreadable id is left out for modern clients and null for legacy ones`() throws {
        let rows: [(Post, JSONValue?)] = [
            (Post("{"), .some(.null)), (Post("{").adding("MCP-Protocol-Version", "2026-07-28"), .none),
        ]
        for (post, wanted) in rows {
            let request = post.request()
            guard case .rejected(let rejection) = Inbound.classify(request) else {
                throw RPCError(.internalError, "")
            }
            let body = try JSONValue(parsing: rejection.body(in: request.bytes.span).bytes.span)
            #expect(body["id"] == wanted)
        }
    }

    @Test
    func `a batch is refused with the name of its version where there are no batches`() {
        #expect(Rejection.batch(.v20250618).status == 400)
        #expect(Rejection.batch(.v20250618).error.message.contains("2025-06-18"))
        #expect(ProtocolVersion.allCases.filter(\.mayBatch) == [.v20250326])
    }

    @Test
    func `only a served modern version in the header marks a GET as modern`() {
        #expect(Inbound.namesModernVersion(Post("").adding("mcp-protocol-version", "2026-07-28").request()))
        #expect(!Inbound.namesModernVersion(Post("").adding("mcp-protocol-version", "2025-11-25").request()))
        #expect(!Inbound.namesModernVersion(Post("").request()))
    }
}
