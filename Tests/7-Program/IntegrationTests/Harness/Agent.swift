import Foundation
import JSON
import TestSupport

/// A minimal agent: one connection per message, and every byte of the answers can be examined.
struct Agent: Sendable {
    enum Era: String, Sendable, CaseIterable { case modern, legacy }

    struct Answer: Sendable {
        let response: RawResponse
        let json: JSONValue

        var status: Int { response.status }
        var result: JSONValue? { json["result"] }
        var error: JSONValue? { json["error"] }
        var isError: Bool? { result?["isError"]?.boolValue }
        /// The first block's text.
        var text: String? { result?["content"]?[0]?["text"]?.stringValue }
        var structured: JSONValue? { result?["structuredContent"] }
        /// The gateway's code for the failure, and Lambda's id of the request.
        var failureCode: String? { result?["_meta"]?["mcp-gateway/error"]?["code"]?.stringValue }
        var requestID: String? { result?["_meta"]?["mcp-gateway/error"]?["requestId"]?.stringValue }
    }

    let port: Int
    let key: String
    let era: Era
    var session: String?
    /// The client's own address, when it isn't 127.0.0.1.
    var source: String?
    /// What it declares that it can be asked for, in the modern era.
    var capabilities = "{}"

    /// Begins a legacy session.
    mutating func initialize() async throws {
        let client = #"{"name":"test","version":"1"}"#
        let params = #"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":\#(client)}"#
        let answer = try await send("initialize", params)
        session = answer.response.field("mcp-session-id")
    }

    func list(cursor: String? = nil) async throws -> Answer {
        try await send("tools/list", cursor.map { #"{"cursor":"\#($0)"}"# } ?? "{}")
    }

    /// The names of all tools, page after page.
    func toolNames() async throws -> [String] {
        var names: [String] = []
        var cursor: String?
        repeat {
            let page = try await list(cursor: cursor)
            names += (page.result?["tools"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            cursor = page.result?["nextCursor"]?.stringValue
        } while cursor != nil
        return names
    }

    func call(_ tool: String, _ arguments: String = "{}") async throws -> Answer {
        try await send("tools/call", Self.callParams(tool, arguments), name: tool)
    }

    func send(_ method: String, _ params: String, name: String? = nil) async throws -> Answer {
        let client = try begin(method, params, name: name)
        let answer = try await Self.answer(on: client)
        client.close()
        return answer
    }

    /// Sends a call and leaves its answer unread.
    func beginCall(_ tool: String, _ arguments: String = "{}") throws -> RawClient {
        try begin("tools/call", Self.callParams(tool, arguments), name: tool)
    }

    private static func callParams(_ tool: String, _ arguments: String) -> String {
        #"{"name":\#(JSONValue.string(tool).text),"arguments":\#(arguments)}"#
    }

    /// The value of a header with this name: plain, or in Base64 when a header can't hold it.
    private static func fieldValue(_ name: String) -> String {
        let isPlain = !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        return isPlain && !name.hasPrefix("=?")
            ? name : "=?base64?\(Data(name.utf8).base64EncodedString())?="
    }

    /// Opens a stream of changes and leaves it unread: `subscriptions/listen`, or a GET.
    func beginStream() throws -> RawClient {
        guard era == .legacy else {
            return try begin(
                "subscriptions/listen",
                #"{"notifications":{"toolsListChanged":true}}"#,
                name: nil
            )
        }
        let client = try RawClient(port: port, from: source)
        let session = session.map { "Mcp-Session-Id: \($0)\r\n" } ?? ""
        client.send(
            "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\(session)"
                + "Authorization: Bearer \(key)\r\n\r\n"
        )
        return client
    }

    static func answer(on client: RawClient) async throws -> Answer {
        let response = try await client.readResponse()
        return Answer(response: response, json: (try? JSONValue(parsing: response.text)) ?? .null)
    }

    private func begin(_ method: String, _ params: String, name: String?) throws -> RawClient {
        var params = params
        var head = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        head += "Accept: application/json, text/event-stream\r\nAuthorization: Bearer \(key)\r\n"
        switch era {
        case .modern:
            let meta = """
                "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                "io.modelcontextprotocol/clientCapabilities":\(capabilities)}
                """
            params = "{\(meta)\(params == "{}" ? "" : ",")\(params.dropFirst())"
            head += "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: \(method)\r\n"
            if let name { head += "Mcp-Name: \(Self.fieldValue(name))\r\n" }
        case .legacy:
            if let session { head += "Mcp-Session-Id: \(session)\r\nMCP-Protocol-Version: 2025-11-25\r\n" }
        }
        let body = #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":\#(params)}"#
        let client = try RawClient(port: port, from: source)
        client.send("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return client
    }
}
