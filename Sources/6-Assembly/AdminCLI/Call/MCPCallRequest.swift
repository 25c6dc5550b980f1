import Bytes
import Control
import Crypto
import HTTPClient
import JSON

/// One `tools/call` of the modern era, 2026-07-28: it carries all it needs, so nothing comes before it.
struct MCPCallRequest: Sendable {
    static let version = "2026-07-28"

    let tool: String
    /// A JSON object, sent as it is.
    let arguments: String
    let key: String

    func outbound(to endpoint: Endpoint, timeout: Duration) throws(HTTPClientError) -> OutboundRequest {
        try OutboundRequest(
            method: "POST",
            endpoint: endpoint,
            // The endpoint's prefix is the whole path.
            path: endpoint.pathPrefix.isEmpty ? "/" : "",
            fields: [
                ("Content-Type", "application/json"),
                ("Accept", "application/json, text/event-stream"),
                ("Authorization", "Bearer \(key)"),
                ("User-Agent", "mcp-gateway/\(gatewayVersion)"),
                ("MCP-Protocol-Version", Self.version),
                ("Mcp-Method", "tools/call"),
                ("Mcp-Name", Self.fieldValue(tool)),
            ],
            body: body,
            timeout: timeout,
            responseBytesMax: 64 << 20
        )
    }

    var body: ByteBuffer {
        var out = ByteBuffer("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":")
        JSON.appendString(tool, to: &out)
        out.append(",\"arguments\":")
        out.append(arguments)
        let meta: JSONValue = [
            "io.modelcontextprotocol/protocolVersion": .string(Self.version),
            "io.modelcontextprotocol/clientCapabilities": .object(JSONObject()),
            "io.modelcontextprotocol/clientInfo": [
                "name": "mcp-gateway-cli", "version": .string(gatewayVersion),
            ],
        ]
        out.append(",\"_meta\":")
        meta.write(to: &out)
        out.append("}}")
        return out
    }

    /// A text as the value of a field: itself when it is plain, else in Base64 between markers.
    /// Source: MCP 2026-07-28, transports, "Value Encoding"
    static func fieldValue(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !text.hasPrefix("=?")
        return isPlain ? text : "=?base64?\(Base64.standard.encode(Array(text.utf8)))?="
    }
}
