import Bytes
import Contracts
import JSON
import MCP
import Testing

/// The events for functions that take HTTP events.
struct HTTPEventTests {
    private static let http = HTTPExchange(nowMs: 1_795_219_200_123, seed: CallIDSeed(high: 1, low: 2))

    private func list(_ contract: Contract, _ http: HTTPExchange = http, cursor: String? = nil) throws
        -> JSONValue
    {
        var out = ByteBuffer()
        contract.appendListPayload(cursor: cursor, id: 7, over: http, to: &out)
        return try JSONValue(parsing: out.text)
    }

    private func call(
        _ contract: Contract,
        _ http: HTTPExchange? = http,
        tool: String = "add",
        mirrored: [MirroredHeader] = [],
        _ request: String
    ) throws -> JSONValue {
        let bytes = Array(request.utf8)
        let whole = try JSON.validate(bytes.span)
        var content = CallContent(
            tool: tool,
            target: "shop",
            arguments: JSON.member("arguments", of: whole, in: bytes.span),
            meta: JSON.member("_meta", of: whole, in: bytes.span),
            id: 8
        )
        content.http = http
        content.mirrored = mirrored
        var event = CallEvent(payload: ByteBuffer())
        try contract.appendCall(content, of: bytes.span, to: &event)
        return try JSONValue(parsing: event.payload.text)
    }

    @Test func `version 2 is the event of a function URL, byte for byte`() throws {
        var out = ByteBuffer()
        Contract.httpV2.appendListPayload(cursor: nil, id: 7, over: Self.http, to: &out)
        #expect(
            out.text == #"{"version":"2.0","routeKey":"$default","rawPath":"/mcp","rawQueryString":"","#
                + #""headers":{"accept":"application/json, text/event-stream","content-type":"application/json","#
                + #""host":"localhost:8080","mcp-protocol-version":"2025-06-18"},"requestContext":{"#
                + #""accountId":"anonymous","apiId":"gateway","domainName":"localhost","domainPrefix":"gateway","#
                + #""http":{"method":"POST","path":"/mcp","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","#
                + #""userAgent":"mcp-gateway/1"},"requestId":"01a1fb67-187b-7538-9a82-27ed7eb1cce3","#
                + #""routeKey":"$default","stage":"$default","time":"21/Nov/2026:00:00:00 +0000","#
                + #""timeEpoch":1795219200123},"#
                + #""body":"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\",\"params\":{}}","#
                + #""isBase64Encoded":false}"#
        )
    }

    @Test func `version 1 is the event of a REST API`() throws {
        let event = try list(.httpV1)
        #expect(event["resource"] == "/mcp" && event["path"] == "/mcp" && event["httpMethod"] == "POST")
        #expect(event["headers"]?["content-type"] == "application/json")
        #expect(event["headers"]?["accept"] == "application/json, text/event-stream")
        #expect(event["headers"]?["host"] == "localhost:8080")
        for member in event["headers"]?.objectValue?.members ?? [] {
            #expect(event["multiValueHeaders"]?[member.key] == .array([member.value]))
        }
        #expect(event["multiValueHeaders"]?.objectValue?.members.count == 4)
        #expect(event["requestContext"]?["httpMethod"] == "POST")
        #expect(event["requestContext"]?["identity"]?["sourceIp"] == "127.0.0.1")
        #expect(event["requestContext"]?["requestTime"] == "21/Nov/2026:00:00:00 +0000")
        #expect(event["queryStringParameters"] == .null && event["isBase64Encoded"] == false)
        #expect(event["version"] == nil)
        #expect(event["body"]?.stringValue == #"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}}"#)
    }

    @Test(arguments: [Contract.httpV1, .httpV2])
    func `an event has the target's path and host`(_ contract: Contract) throws {
        var http = Self.http
        http.address = HTTPAddress(path: "/api/\"x\"/mcp/", host: "tools.example:9000")
        let event = try list(contract, http, cursor: "a\"b")
        #expect(event["headers"]?["host"] == "tools.example:9000")
        let context = contract == .httpV1 ? event["requestContext"] : event["requestContext"]?["http"]
        #expect(context?["path"]?.stringValue == "/api/\"x\"/mcp/")
        #expect(event[contract == .httpV1 ? "path" : "rawPath"] == context?["path"])
        let message = try JSONValue(parsing: event["body"]?.stringValue ?? "")
        #expect(message["params"]?["cursor"]?.stringValue == "a\"b")
    }

    @Test(arguments: [Contract.httpV1, .httpV2])
    func `a call carries arguments and _meta byte for byte`(_ contract: Contract)
        throws
    {
        let arguments = #"{ "b":1.0e+02 , "a" : [ "\u00e9\"\\", 12345678901234567890 ] }"#
        let event = try call(
            contract,
            Self.http,
            #"{"arguments":\#(arguments),"_meta":{"x":1,"progressToken":7,"traceparent":"00-a"}}"#
        )
        #expect(
            event["body"]?.stringValue
                == #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"add","#
                + #""arguments":\#(arguments),"_meta":{"x":1,"progressToken":7,"traceparent":"00-a"}}}"#
        )
        #expect(event["headers"]?["mcp-session-id"] == nil)
    }

    @Test(arguments: [Contract.httpV1, .httpV2])
    func `a session's id and version are in the headers`(_ contract: Contract) throws {
        var http = Self.http
        http.session = HTTPSession(id: "a\"b~", version: "2024-11-05")
        let event = try call(contract, http, "{}")
        #expect(event["headers"]?["mcp-session-id"] == "a\"b~")
        #expect(event["headers"]?["mcp-protocol-version"] == "2024-11-05")
        if contract == .httpV1 {
            #expect(event["multiValueHeaders"]?["mcp-session-id"] == ["a\"b~"])
        }
    }

    @Test(arguments: [Contract.httpV1, .httpV2])
    func `arguments are repeated in headers in the version that has them`(_ contract: Contract) throws {
        let mirrored = [
            MirroredHeader(name: "mcp-param-zone", value: "Zürich"),
            MirroredHeader(name: "mcp-param-count", value: "7"),
        ]
        var http = Self.http
        http.session = .modern
        let headers = try call(contract, http, mirrored: mirrored, "{}")["headers"]
        #expect(headers?["mcp-param-count"] == "7")
        #expect(headers?["mcp-param-zone"] == "=?base64?WsO8cmljaA==?=")
        #expect(headers?["mcp-name"] == "add" && headers?["mcp-protocol-version"] == "2026-07-28")
        let older = try call(contract, mirrored: mirrored, "{}")["headers"]
        #expect(older?["mcp-param-count"] == nil)
    }

    @Test func `initialize names no session and no version in its headers`() throws {
        var http = Self.http
        http.session = HTTPSession(id: "old", version: "2025-03-26")
        var out = ByteBuffer()
        Contract.httpV2.appendInitialize(id: 3, over: http, to: &out)
        let event = try JSONValue(parsing: out.text)
        #expect(event["headers"]?["mcp-session-id"] == nil)
        #expect(event["headers"]?["mcp-protocol-version"] == nil)
        let message = try JSONValue(parsing: event["body"]?.stringValue ?? "")
        #expect(message["method"] == "initialize" && message["id"] == 3)
        #expect(message["params"]?["protocolVersion"] == "2025-06-18")
        #expect(message["params"]?["clientInfo"]?["name"] == "mcp-gateway")
        #expect(message["params"]?["capabilities"] == .object(JSONObject([])))
        var second = ByteBuffer()
        Contract.httpV1.appendInitialized(id: 4, over: http, to: &second)
        let told = try JSONValue(parsing: second.text)
        #expect(told["headers"]?["mcp-session-id"] == "old")
        #expect(told["body"]?.stringValue == #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    }

    @Test(arguments: [("add", "add"), ("größe", "=?base64?Z3LDtsOfZQ==?="), ("a b", "=?base64?YSBi?=")])
    func `a function that only serves 2026-07-28 gets that version's headers and _meta`(
        _ tool: String,
        _ header: String
    ) throws {
        var http = Self.http
        http.session = .modern
        let event = try call(.httpV1, http, tool: tool, #"{"_meta":{"progressToken":"p"}}"#)
        #expect(event["headers"]?["mcp-protocol-version"] == "2026-07-28")
        #expect(event["headers"]?["mcp-method"] == "tools/call")
        #expect(event["headers"]?["mcp-name"]?.stringValue == header)
        #expect(event["multiValueHeaders"]?["mcp-name"]?[0]?.stringValue == header)
        let message = try JSONValue(parsing: event["body"]?.stringValue ?? "")
        let meta = message["params"]?["_meta"]
        #expect(meta?["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
        #expect(meta?["io.modelcontextprotocol/clientCapabilities"] == .object(JSONObject([])))
        #expect(meta?["progressToken"] == "p")
        let list = try list(.httpV2, http, cursor: "2")
        #expect(list["headers"]?["mcp-method"] == "tools/list" && list["headers"]?["mcp-name"] == nil)
        let asked = try JSONValue(parsing: list["body"]?.stringValue ?? "")
        #expect(asked["params"]?["cursor"] == "2")
        #expect(asked["params"]?["_meta"]?["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
    }

    @Test(arguments: [
        (String(repeating: "a", count: 1_024), true), (String(repeating: "a", count: 1_025), false),
        ("", false),
        ("a b", false), ("a\n", false), ("ä", false), ("!~", true),
    ])
    func `a session id is visible ASCII of a bounded length`(_ id: String, _ isGood: Bool) {
        #expect((HTTPSession(id: id, version: "2025-06-18") != nil) == isGood)
    }
}
