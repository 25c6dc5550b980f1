import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// One message of an agent that may be carried out, with all that this needs.
struct AgentRequest {
    let message: RPCMessage
    /// What the message came in; its ranges are ranges of these bytes.
    let http: Request
    let caller: Caller
    let version: ProtocolVersion
    /// What its session knows of the client; empty where that is nothing.
    let client: String
    /// Cancelled when the client goes away; nil for what goes on without its client.
    let cancellation: Cancellation?

    init(
        _ message: RPCMessage,
        _ http: Request,
        _ caller: Caller,
        _ version: ProtocolVersion,
        client: String = "",
        cancellation: Cancellation? = nil
    ) {
        self.message = message
        self.http = http
        self.caller = caller
        self.version = version
        self.client = client
        self.cancellation = cancellation
    }

    var state: GatewayState { caller.state }

    /// A JSON-RPC answer with the request's id, up to its result. `RPCWriter.closeResult` closes it.
    func openEnvelope(capacity: Int) -> ByteBuffer {
        var out = ByteBuffer(capacity: capacity)
        RPCWriter.openResult(id: message.id ?? 0..<0, in: http.bytes.span, to: &out)
        return out
    }

    /// The refusal of a method that its era doesn't have.
    var unknownMethod: RPCError { .methodNotFound(shown(message.methodName, in: http.bytes.span)) }

    /// How long the answer's message is, in bytes, when it is one of several.
    func bodyCount(of outcome: Result<ByteBuffer, RPCError>) -> Int {
        switch outcome {
        case .success(let body): body.count
        case .failure(let error):
            Rejection(error, id: message.id, isModern: version.isModern).body(in: http.bytes.span).count
        }
    }

    /// The whole HTTP response around a message, or in place of it.
    func response(_ outcome: Result<ByteBuffer, RPCError>) -> Response {
        switch outcome {
        case .success(let body): Response(status: 200, contentType: .json, body: body)
        case .failure(let error):
            Rejection(error, id: message.id, isModern: version.isModern).response(in: http)
        }
    }
}

/// A name that nobody serves, as an answer may repeat it: cut by code points, as one character may have any number
/// of them.
func shown(_ name: JSONName?, in bytes: Span<UInt8>) -> String {
    guard let name else { return "" }
    return String(String.UnicodeScalarView(name.text(in: bytes).unicodeScalars.prefix(256)))
}

extension Rejection {
    /// The whole HTTP response.
    func response(in request: borrowing Request) -> Response {
        Response(status: status, contentType: .json, fields: error.fields, body: body(in: request.bytes.span))
    }
}
