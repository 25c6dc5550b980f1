import Bytes
import Control
import Crypto
import HTTPClient
import JSON

/// One request by MCP 2026-07-28: it carries all it needs, so no other request comes before it.
struct MCPRequest: Sendable {
    static let version = "2026-07-28"

    private let method: String
    /// The value of the `Mcp-Name` field; nil for requests without one.
    private let name: String?
    /// The members of `params` before `_meta`, each followed by a comma.
    private let params: ByteBuffer
    private let key: String

    /// A call of a tool.
    /// - Parameter arguments: a JSON object, sent as it is.
    init(calling tool: String, _ arguments: String, key: String) {
        method = "tools/call"
        name = tool
        self.key = key
        var out = ByteBuffer("\"name\":")
        JSON.appendString(tool, to: &out)
        out.append(",\"arguments\":")
        out.append(arguments)
        out.append(",")
        params = out
    }

    /// Asks for a page of the tools that the key sees.
    init(listingFrom cursor: String?, key: String) {
        method = "tools/list"
        name = nil
        self.key = key
        var out = ByteBuffer()
        if let cursor {
            out.append("\"cursor\":")
            JSON.appendString(cursor, to: &out)
            out.append(",")
        }
        params = out
    }

    func outbound(to endpoint: Endpoint, timeout: Duration) throws(HTTPClientError) -> OutboundRequest {
        try OutboundRequest(
            method: "POST",
            endpoint: endpoint,
            // The whole path is in the endpoint's prefix.
            path: endpoint.pathPrefix.isEmpty ? "/" : "",
            fields: [
                ("Content-Type", "application/json"),
                ("Accept", "application/json, text/event-stream"),
                ("Authorization", "Bearer \(key)"),
                ("User-Agent", "mcp-gateway/\(gatewayVersion)"),
                ("MCP-Protocol-Version", Self.version),
                ("Mcp-Method", method),
            ] + (name.map { [("Mcp-Name", Self.fieldValue($0))] } ?? []),
            body: body,
            timeout: timeout,
            responseBytesMax: 64 << 20
        )
    }

    var body: ByteBuffer {
        var out = ByteBuffer("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":")
        JSON.appendString(method, to: &out)
        out.append(",\"params\":{")
        out.append(contentsOf: params.bytes)
        let meta: JSONValue = [
            "io.modelcontextprotocol/protocolVersion": .string(Self.version),
            "io.modelcontextprotocol/clientCapabilities": .object(JSONObject()),
            "io.modelcontextprotocol/clientInfo": [
                "name": "mcp-gateway-cli", "version": .string(gatewayVersion),
            ],
        ]
        out.append("\"_meta\":")
        meta.write(to: &out)
        out.append("}}")
        return out
    }

    /// A text as a field's value: the text itself if it is plain, otherwise in Base64 between markers.
    /// Source: MCP 2026-07-28, transports, "Value Encoding"
    static func fieldValue(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !text.hasPrefix("=?")
        return isPlain ? text : "=?base64?\(Base64.standard.encode(Array(text.utf8)))?="
    }
}
