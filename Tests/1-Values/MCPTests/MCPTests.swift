import Bytes
import HTTP
import JSON
import MCP
import Testing

/// A POST as a client would send it, built field by field.
struct Post: Sendable, CustomTestStringConvertible {
    var fields: [(String, String)] = [
        ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
    ]
    var body: String

    init(_ body: String) { self.body = body }

    /// A modern request with all its headers in order.
    static func modern(
        _ method: String = "tools/call",
        params: String = #""name":"weather___forecast","arguments":{"city":"Oslo"}"#,
        meta: String = Post.meta(),
        name: String? = "weather___forecast",
        version: String? = "2026-07-28"
    ) -> Post {
        let separator = params.isEmpty ? "" : ","
        var post = Post(
            #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":{\#(params)\#(separator)"_meta":\#(meta)}}"#
        )
        if let version { post.fields.append(("MCP-Protocol-Version", version)) }
        post.fields.append(("Mcp-Method", method))
        if let name { post.fields.append(("Mcp-Name", name)) }
        return post
    }

    static func meta(version: String = #""2026-07-28""#, capabilities: String? = "{}", more: String = "")
        -> String
    {
        var members = [#""io.modelcontextprotocol/protocolVersion":\#(version)"#]
        if let capabilities {
            members.append(#""io.modelcontextprotocol/clientCapabilities":\#(capabilities)"#)
        }
        if !more.isEmpty { members.append(more) }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// The same POST with one more field.
    func adding(_ name: String, _ value: String) -> Post {
        var copy = self
        copy.fields.append((name, value))
        return copy
    }

    /// The same POST with every field of that name replaced; removed when `value` is nil.
    func with(_ name: String, _ value: String?) -> Post {
        var copy = self
        copy.fields.removeAll { $0.0.lowercased() == name.lowercased() }
        if let value { copy.fields.append((name, value)) }
        return copy
    }

    func request() -> Request { request(body: Array(body.utf8)) }

    func request(body: [UInt8]) -> Request {
        var bytes = Array("POST /mcp HTTP/1.1\r\n".utf8)
        var head = RequestHead()
        head.method = .post
        for (name, value) in fields {
            let start = bytes.count
            bytes += Array(name.utf8)
            let nameEnd = bytes.count
            bytes += Array(": ".utf8)
            let valueStart = bytes.count
            bytes += Array(value.utf8)
            head.fields.append(name: start..<nameEnd, value: valueStart..<bytes.count, in: bytes.span)
            bytes += Array("\r\n".utf8)
        }
        bytes += Array("\r\n".utf8)
        head.count = bytes.count
        let range = bytes.count..<bytes.count + body.count
        return Request(bytes: bytes + body, head: head, body: range)
    }

    var testDescription: String {
        fields.map { "\($0.0): \($0.1.prefix(60))" }.joined(separator: " | ") + " | " + body.prefix(200)
    }
}

/// The outcome of a classification, without the message's ranges.
enum Outcome: Sendable, Equatable, CustomStringConvertible {
    case rejected(status: Int, code: Int, isModern: Bool, hasID: Bool)
    case accepted
    case modern(MCPMethod)
    case legacy(MCPMethod, RPCMessage.Kind, ProtocolVersion?)
    case batch(Int, ProtocolVersion?)

    init(_ inbound: Inbound) {
        switch inbound {
        case .rejected(let rejection):
            self = .rejected(
                status: rejection.status,
                code: rejection.error.code.rawValue,
                isModern: rejection.isModern,
                hasID: rejection.id != nil
            )
        case .accepted: self = .accepted
        case .modern(let message): self = .modern(message.method)
        case .legacy(let message, let version): self = .legacy(message.method, message.kind, version)
        case .batch(let messages, let version): self = .batch(messages.count, version)
        }
    }

    var description: String {
        switch self {
        case .rejected(let status, let code, let isModern, let hasID):
            "rejected \(status) \(code) \(isModern ? "modern" : "legacy") \(hasID ? "with" : "without") id"
        case .accepted: "accepted"
        case .modern(let method): "modern \(method)"
        case .legacy(let method, let kind, let version):
            "legacy \(method) \(kind) \(version?.rawValue ?? "-")"
        case .batch(let count, let version): "batch \(count) \(version?.rawValue ?? "-")"
        }
    }

    static func modernFault(_ status: Int, _ code: Int, id: Bool = true) -> Outcome {
        .rejected(status: status, code: code, isModern: true, hasID: id)
    }

    static func legacyFault(_ status: Int, _ code: Int, id: Bool = true) -> Outcome {
        .rejected(status: status, code: code, isModern: false, hasID: id)
    }
}

struct Row: Sendable, CustomTestStringConvertible {
    let post: Post
    let outcome: Outcome

    init(_ post: Post, _ outcome: Outcome) {
        self.post = post
        self.outcome = outcome
    }

    var testDescription: String { "\(outcome) ← \(post.testDescription)" }
}
