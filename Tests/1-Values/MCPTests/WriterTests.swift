import Bytes
import JSON
import MCP
import Testing

struct WriterTests {
    private static let identity = ServerIdentity(name: "gw", version: "1.0", instructions: "Be kind.")
    private static let info = #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"gw","version":"1.0"}}"#
    private static let titled = ServerIdentity(
        name: "gw",
        version: "1.0",
        title: "Gate",
        instructions: "Be kind."
    )
    private static let titledInfo =
        #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"gw","title":"Gate","version":"1.0"}}"#

    @Test
    func `discovery lists every version, the latest first, and tools as the only capability`() throws {
        var out = ByteBuffer()
        let offer = ServerOffer(.tools, instructions: "Be kind.")
        RPCWriter.appendDiscoverResult(Self.titled, offer, ttlMs: 5_000, to: &out)
        #expect(
            out.text
                == #"{"resultType":"complete","supportedVersions":["2026-07-28","2025-11-25","2025-06-18","2025-03-26"],"capabilities":{"tools":{"listChanged":true}},"#
                + #""instructions":"Be kind.","ttlMs":5000,"cacheScope":"private",\#(Self.titledInfo)}"#
        )
    }

    @Test(
        arguments: [
            (#""protocolVersion":"2025-03-26""#, "2025-03-26"),
            (#""protocolVersion":"2025-06-18""#, "2025-06-18"),
            (#""protocolVersion":"2025-11-25""#, "2025-11-25"),
            (#""protocolVersion":"2024-11-05""#, "2025-11-25"),
            (#""protocolVersion":"2026-07-28""#, "2025-11-25"),
            (#""protocolVersion":"2099-01-01""#, "2025-11-25"),
            (#""protocolVersion":7"#, nil), (#""x":1"#, nil),
        ] as [(String, String?)]
    )
    func `a handshake echoes a legacy version or offers the latest legacy one`(
        _ member: String,
        _ answer: String?
    ) throws {
        let bytes = Array(#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{\#(member)}}"#.utf8)
        let message = try RPCMessage(bytes.span, in: 0..<bytes.count)
        guard let answer else {
            #expect(throws: RPCError.self) { try Handshake.version(for: message, in: bytes.span) }
            return
        }
        var out = ByteBuffer()
        RPCWriter.openResult(id: try #require(message.id), in: bytes.span, to: &out)
        RPCWriter.appendInitializeResult(
            try Handshake.version(for: message, in: bytes.span),
            Self.titled,
            ServerOffer(.tools, instructions: "Be kind."),
            to: &out
        )
        RPCWriter.closeResult(to: &out)
        let title = answer == "2025-03-26" ? "" : #""title":"Gate","#
        #expect(
            out.text
                == #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"\#(answer)","capabilities":{"tools":{"listChanged":true}},"#
                + #""serverInfo":{"name":"gw",\#(title)"version":"1.0"},"instructions":"Be kind."}}"#
        )
    }

    private static let definition = #"""
        { "title":"T", "x-own": [1.0, {"b":1,"a":2}] ,"name":"b\u0061re","inputSchema":{"type":"object","$defs":{}},
        "description":"d","outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true},"icons":[],
        "execution":{"taskSupport":"optional"},"_meta":{"k":1},"gone":null}
        """#

    @Test(arguments: [
        (ProtocolVersion.v20250326, ["x-own", "name", "inputSchema", "description", "annotations"]),
        (
            .v20250618,
            ["title", "x-own", "name", "inputSchema", "description", "outputSchema", "annotations", "_meta"]
        ),
        (
            .v20251125,
            [
                "title", "x-own", "name", "inputSchema", "description", "outputSchema", "annotations",
                "icons", "execution",
                "_meta",
            ]
        ),
        (
            .v20260728,
            [
                "title", "x-own", "name", "inputSchema", "description", "outputSchema", "annotations",
                "icons", "_meta",
            ]
        ),
    ])
    func `a tool's entry has the members that the reader's version knows, unchanged and in order`(
        _ version: ProtocolVersion,
        _ members: [String]
    ) throws {
        var out = ByteBuffer()
        let writer = ListWriter(version: version, identity: Self.identity)
        writer.begin(&out)
        try writer.append(Array(Self.definition.utf8).span, exposedName: "t___bare", to: &out)
        try writer.append(Array(#"{"name":"z"}"#.utf8).span, exposedName: "t___z", to: &out)
        writer.end(nextCursor: "c1", ttlMs: 60_000, to: &out)
        let page = try JSONValue(parsing: out.bytes.span)
        #expect(page["tools"]?[0]?.objectValue?.members.map(\.key) == members)
        #expect(page["tools"]?[0]?["name"] == "t___bare")
        #expect(page["tools"]?[1]?["name"] == "t___z")
        #expect(
            out.text.contains(
                #""x-own":[1.0, {"b":1,"a":2}],"name":"t___bare","inputSchema":{"type":"object","$defs":{}}"#
            )
        )
        let around = page.objectValue?.members.map(\.key)
        #expect(
            around
                == (version.isModern
                    ? ["resultType", "tools", "nextCursor", "ttlMs", "cacheScope", "_meta"]
                    : ["tools", "nextCursor"])
        )
    }

    @Test(arguments: [
        (#"{"type":"object"}"#, true), (#"{"type":"array"}"#, false), (#"{"anyOf":[]}"#, false),
        ("true", false),
    ])
    func `legacy readers get an output schema only when its root is an object`(
        _ schema: String,
        _ isKept: Bool
    ) throws {
        for version in ProtocolVersion.allCases where version >= .v20250618 {
            var out = ByteBuffer()
            try ListWriter(version: version, identity: Self.identity)
                .append(
                    Array(#"{"name":"a","outputSchema":\#(schema)}"#.utf8).span,
                    exposedName: "t___a",
                    to: &out
                )
            #expect(
                try (JSONValue(parsing: out.bytes.span)["outputSchema"] != nil)
                    == (isKept || version.isModern)
            )
        }
    }

    @Test
    func `an invalid definition leaves the page unchanged`() {
        var out = ByteBuffer("[{}")
        let writer = ListWriter(version: .v20260728, identity: Self.identity)
        #expect(throws: JSONError.self) {
            try writer.append(Array(#"{"name":"a",!}"#.utf8).span, exposedName: "t___a", to: &out)
        }
        #expect(out.text == "[{}")
    }

    struct Result: Sendable, CustomTestStringConvertible {
        let raw: String
        let version: ProtocolVersion
        let written: String

        init(_ raw: String, _ version: ProtocolVersion, _ written: String) {
            self.raw = raw
            self.version = version
            self.written = written
        }

        var testDescription: String { "\(version.rawValue) \(raw)" }
    }

    @Test(arguments: [
        Result(#"{"content":[]}"#, .v20260728, #"{"resultType":"complete","content":[],\#(info)}"#),
        Result(
            #"{ "content" : [ {"type":"text","text":"é"} ] , "isError" : false }"#,
            .v20260728,
            #"{"resultType":"complete","content":[ {"type":"text","text":"é"} ],"isError":false,\#(info)}"#
        ),
        Result(
            #"{"structuredContent":[1.0],"resultType":"complete","x":{"b":1},"content":[]}"#,
            .v20260728,
            #"{"resultType":"complete","structuredContent":[1.0],"x":{"b":1},"content":[],\#(info)}"#
        ),
        Result(
            #"{"content":[],"_meta":{"a":1,"io.modelcontextprotocol/serverInfo":{"name":"up"},"b":[ 2 ]}}"#,
            .v20260728,
            #"{"resultType":"complete","content":[],"_meta":{"a":1,"b":[ 2 ],"#
                + #""io.modelcontextprotocol/serverInfo":{"name":"gw","version":"1.0"}}}"#
        ),
        Result(
            #"{"content":[],"_meta":null,"isError":null}"#,
            .v20260728,
            #"{"resultType":"complete","content":[],\#(info)}"#
        ),
        Result(
            #"{"isError":true,"content":[],"ttlMs":null,"x":null}"#,
            .v20260728,
            #"{"resultType":"complete","isError":true,"content":[],\#(info)}"#
        ),
        Result(#"{}"#, .v20260728, #"{"resultType":"complete","content":[],\#(info)}"#),
        Result(
            #"{"structuredContent":{"a":"b"}}"#,
            .v20260728,
            #"{"resultType":"complete","structuredContent":{"a":"b"},"content":[{"type":"text","text":"{\"a\":\"b\"}"}],\#(info)}"#
        ),
        Result(
            #"{"resultType":"complete","ttlMs":1,"cacheScope":"public","content":[],"structuredContent":{"a":1}}"#,
            .v20251125,
            #"{"content":[],"structuredContent":{"a":1}}"#
        ),
        Result(
            #"{"content":[],"structuredContent":[1],"_meta":{"io.modelcontextprotocol/serverInfo":{}}}"#,
            .v20250618,
            #"{"content":[{"type":"text","text":"[1]"}]}"#
        ),
        Result(
            #"{"content":[ ],"isError":false,"structuredContent":{"a":"b"}}"#,
            .v20250326,
            #"{"content":[ {"type":"text","text":"{\"a\":\"b\"}"}],"isError":false}"#
        ),
        Result(
            #"{"content":null,"structuredContent":{"a":1},"_meta":null,"x":null}"#,
            .v20251125,
            #"{"structuredContent":{"a":1},"content":[{"type":"text","text":"{\"a\":1}"}]}"#
        ),
        Result(
            #"{"content":[],"structuredContent":null}"#,
            .v20260728,
            #"{"resultType":"complete","content":[],\#(info)}"#
        ),
        Result(
            #"{"content":[],"_meta":{"mcp-gateway/error":{"code":"x"},"progressToken":[],"k":1,"io.modelcontextprotocol/related-task":{}}}"#,
            .v20251125,
            #"{"content":[],"_meta":{"k":1}}"#
        ),
        Result(
            #"{"content":[],"_meta":{"progressToken":7,"io.modelcontextprotocol/related-task":{"taskId":"t"}}}"#,
            .v20251125,
            #"{"content":[],"_meta":{"progressToken":7,"io.modelcontextprotocol/related-task":{"taskId":"t"}}}"#
        ),
        Result(#"{"content":[],"_meta":{"k":1}}"#, .v20250618, #"{"content":[],"_meta":{"k":1}}"#),
        Result(#"{"structuredContent":[1]}"#, .v20251125, #"{"content":[{"type":"text","text":"[1]"}]}"#),
        Result(#"{"structuredContent":null}"#, .v20251125, #"{"content":[]}"#),
        Result(
            #"{"content":[{"type":"resource_link","uri":"u:1","name":"N"},{"type":"audio","data":"","mimeType":"a/b"}],"structuredContent":{}}"#,
            .v20250326,
            #"{"content":[{"type":"text","text":"N: u:1"},{"type":"audio","data":"","mimeType":"a/b"}]}"#
        ),
        Result(
            #"{"content":[{"type":"resource_link","uri":"u:1","name":"N"}]}"#,
            .v20250618,
            #"{"content":[{"type":"resource_link","uri":"u:1","name":"N"}]}"#
        ),
    ])
    func `a target's result is adapted to the caller's version`(_ row: Result) throws {
        // Other bytes surround the result, as in a Lambda's answer.
        let bytes = Array("??\(row.raw)??".utf8)
        var out = ByteBuffer("before")
        try ToolResultWriter(version: row.version, identity: Self.identity)
            .append(2..<bytes.count - 2, in: bytes.span, to: &out)
        #expect(out.text == "before" + row.written)
    }

    @Test(arguments: [
        ("[]", ToolResultFault.malformed(JSONError(offset: 0, reason: .notAnObject))),
        (#"{"content":[}"#, .malformed(JSONError(offset: 12, reason: .unexpectedByte(0x7D)))),
        (#"{"content":[],"content":[]}"#, .repeatedMember("content")), (#"{"content":{}}"#, .contentNotArray),
        (#"{"resultType":"task","content":[]}"#, .unknownResultType("task")),
        (#"{"content":[],"resultType":5}"#, .unknownResultType("5")),
        (#"{"resultType":"input_required","requestState":"x"}"#, .inputRequired),
    ])
    func `a result that can't be passed on is a fault, and nothing is written`(
        _ raw: String,
        _ fault: ToolResultFault
    ) {
        let bytes = Array(raw.utf8)
        for version in ProtocolVersion.allCases {
            var out = ByteBuffer("before")
            #expect(throws: fault) {
                try ToolResultWriter(version: version, identity: Self.identity)
                    .append(0..<bytes.count, in: bytes.span, to: &out)
            }
            #expect(out.text == "before")
        }
    }

    @Test(arguments: ProtocolVersion.allCases)
    func `a result marked as an error has isError true, whatever the function wrote`(
        _ version: ProtocolVersion
    ) throws {
        for raw in [
            #"{"isError":true,"content":[]}"#, #"{"isError":"true","content":[]}"#, #"{"content":[]}"#,
            #"{"isError":false,"content":[]}"#, #"{"isError":null,"structuredContent":{"a":1}}"#,
        ] {
            let bytes = Array(raw.utf8)
            var out = ByteBuffer()
            try ToolResultWriter(version: version, identity: Self.identity)
                .append(0..<bytes.count, in: bytes.span, isError: true, to: &out)
            #expect(try JSONValue(parsing: out.bytes.span)["isError"]?.boolValue == true, "\(out.text)")
        }
    }

    @Test
    func `a failed call's result has a text, a code and the other known facts`() {
        var modern = ByteBuffer()
        ToolResultWriter(version: .v20260728, identity: Self.identity)
            .appendFailure(
                CallFailure(text: "timed \"out\"", code: "timed_out", requestID: "r-1"),
                to: &modern
            )
        #expect(
            modern.text
                == #"{"resultType":"complete","content":[{"type":"text","text":"timed \"out\""}],"isError":true,"#
                + #""_meta":{"mcp-gateway/error":{"code":"timed_out","requestId":"r-1"},"#
                + #""io.modelcontextprotocol/serverInfo":{"name":"gw","version":"1.0"}}}"#
        )
        var legacy = ByteBuffer()
        ToolResultWriter(version: .v20251125, identity: Self.identity)
            .appendFailure(
                CallFailure(text: "no", code: "function_error", type: "KeyError", status: 404),
                to: &legacy
            )
        #expect(
            legacy.text
                == #"{"content":[{"type":"text","text":"no"}],"isError":true,"_meta":{"mcp-gateway/error":{"code":"function_error","type":"KeyError","status":404}}}"#
        )
    }
}
