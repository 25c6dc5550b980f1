import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// In whose name resources are polled: what a poll takes over from the request that asked for the watch.
struct PollOrigin: Sendable {
    let version: ProtocolVersion
    /// The client's name for the polls' records: its own, and that it was a poll.
    let client: String
    /// The id of the legacy session, by which versions of a function are chosen; empty in the modern era.
    let session: [UInt8]

    /// - Parameter client: the client's name for itself; may be empty.
    init(_ version: ProtocolVersion, client: String, session: [UInt8] = []) {
        self.version = version
        self.client = client.isEmpty ? "poll" : "\(client) (poll)"
        self.session = session
    }

    /// A `resources/read` as the client would send it.
    /// - Parameters:
    ///   - token: the access token of the stream; empty for a key.
    ///   - principal: of the state's snapshot.
    ///   - cancellation: ends the poll early.
    /// - Returns: nil for a URI that no request can carry.
    func read(
        _ uri: String,
        token: [UInt8],
        _ principal: Principal,
        _ state: GatewayState,
        _ cancellation: Cancellation
    ) -> AgentRequest? {
        var out = ByteBuffer(capacity: 320 + uri.utf8.count + token.count + session.count)
        out.append(contentsOf: token)
        out.append("mcp-session-id")
        let name = token.count..<out.count
        out.append(contentsOf: session)
        let value = name.upperBound..<out.count
        out.append("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{")
        JSON.appendKey("uri", to: &out)
        JSON.appendString(uri, to: &out)
        if version.isModern {
            out.append(",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":")
            JSON.appendString(version.rawValue, to: &out)
            out.append(",\"io.modelcontextprotocol/clientCapabilities\":{}}")
        }
        out.append("}}")
        let bytes = out.bytes
        let body = value.upperBound..<bytes.count
        guard let message = try? RPCMessage(bytes.span, in: body) else { return nil }  // too long to be one
        var head = RequestHead()
        head.method = .post
        if !session.isEmpty { _ = head.fields.append(name: name, value: value, in: bytes.span) }
        return AgentRequest(
            message,
            Request(bytes: bytes, head: head, body: body),
            Caller(principal: principal, state: state, token: token.isEmpty ? nil : 0..<token.count),
            version,
            client: client,
            cancellation: cancellation
        )
    }
}
