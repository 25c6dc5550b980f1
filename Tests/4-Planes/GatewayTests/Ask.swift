import Bytes
import Gateway
import HTTP
import JSON
import Testing

/// A request as a test writes it: fields and body, without the wire's details.
struct Ask: Sendable, CustomTestStringConvertible {
    var method = "POST"
    var fields: [(name: String, value: String)] = [
        ("Host", "127.0.0.1:3000"), ("Authorization", "Bearer \(Keys.good)"),
        ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
    ]
    var body: [UInt8] = []

    var testDescription: String {
        let head = fields.map { "\($0.name): \($0.value.prefix(60))" }.joined(separator: " | ")
        return "\(method) \(head) | \(String(decoding: body.prefix(300), as: UTF8.self))"
    }

    /// The request with this value of the field; without the field when the value is nil.
    func with(_ name: String, _ value: String?) -> Ask {
        var ask = self
        ask.fields.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { ask.fields.append((name, value)) }
        return ask
    }

    func adding(_ name: String, _ value: String) -> Ask {
        var ask = self
        ask.fields.append((name, value))
        return ask
    }

    func by(_ key: String) -> Ask { with("Authorization", "Bearer \(key)") }

    func method(_ name: String) -> Ask {
        var ask = self
        ask.method = name
        return ask
    }

    /// A POST of these bytes, without the header fields of either era.
    static func post(_ body: String) -> Ask {
        var ask = Ask()
        ask.body = Array(body.utf8)
        return ask
    }

    static let modernMeta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
        + #""io.modelcontextprotocol/clientCapabilities":{}}"#

    /// A valid modern request. `params` has further members.
    static func modern(_ method: String, _ params: String = "", id: String = "1") -> Ask {
        let rest = params.isEmpty ? "" : "," + params
        return post(
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(modernMeta)\#(rest)}}"#
        )
        .adding("MCP-Protocol-Version", "2026-07-28").adding("Mcp-Method", method)
    }

    static func modernCall(_ tool: String, _ arguments: String = "{}", id: String = "1") -> Ask {
        modern("tools/call", #""name":"\#(tool)","arguments":\#(arguments)"#, id: id).adding("Mcp-Name", tool)
    }

    /// A legacy message; with an id of nil a notification.
    static func legacy(_ method: String, _ params: String? = nil, id: String? = "1", version: String? = nil)
        -> Ask
    {
        post(message(method, params, id: id)).with("MCP-Protocol-Version", version)
    }

    static func legacyCall(
        _ tool: String,
        _ arguments: String = "{}",
        id: String = "1",
        version: String = "2025-06-18"
    ) -> Ask {
        legacy("tools/call", #"{"name":"\#(tool)","arguments":\#(arguments)}"#, id: id, version: version)
    }

    static func initialize(_ version: String, id: String = "0") -> Ask {
        legacy(
            "initialize",
            #"{"protocolVersion":"\#(version)","capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#,
            id: id
        )
    }

    static func message(_ method: String, _ params: String? = nil, id: String? = "1") -> String {
        let id = id.map { #""id":\#($0),"# } ?? ""
        let params = params.map { #","params":\#($0)"# } ?? ""
        return #"{"jsonrpc":"2.0",\#(id)"method":"\#(method)"\#(params)}"#
    }

    func request() throws -> Request {
        var text = "\(method) /mcp HTTP/1.1\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        text += "\r\n"
        var head = RequestHead()
        let bytes = Array(text.utf8)
        guard
            case .done(let start) = try RequestParser.parse(bytes.span, into: &head, headBytesMax: 32 * 1024)
        else { throw Incomplete() }
        return Request(bytes: bytes + body, head: head, body: start..<start + body.count, peer: "127.0.0.1")
    }

    struct Incomplete: Error {}
}

/// An answer as a test reads it.
struct Reply: Sendable, Equatable {
    let status: Int
    let contentType: String?
    let fields: [ResponseField]
    let body: String

    init(_ response: Response) {
        status = response.status
        contentType = response.contentType?.text
        fields = response.fields
        body = response.body.text
    }

    /// For a stream that was granted: the head of its response, without a body.
    init(_ answer: AgentAnswer) {
        switch answer {
        case .whole(let response): self.init(response)
        case .stream, .resumed, .told:
            self.init(Response(status: 200, contentType: .eventStream, fields: StreamOpening.fields))
        }
    }

    /// The body as JSON; null when it isn't JSON.
    var json: JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: body)
        } catch {
            return .null
        }
    }

    var result: JSONValue { json["result"] ?? .null }
    var code: Int? { json["error"]?["code"]?.intValue }
    var message: String? { json["error"]?["message"]?.stringValue }
    /// The text of the result's first block.
    var text: String? { result["content"]?[0]?["text"]?.stringValue }
    /// The failure in `_meta`.
    var failure: JSONValue { result["_meta"]?["mcp-gateway/error"] ?? .null }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
