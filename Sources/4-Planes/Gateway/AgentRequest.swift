import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// One message of an admitted agent, with everything that is needed to carry it out.
struct AgentRequest {
    let message: RPCMessage
    /// The HTTP request that the message came in; the message's ranges are ranges of its bytes.
    let http: Request
    let caller: Caller
    let version: ProtocolVersion
    /// The client's name as its session has it; empty when the session has none.
    let client: String
    /// The session whose client can be asked for input during the call; nil for most requests.
    let askable: AskableSession?
    /// Cancelled when the client goes away; nil for a message that is carried out without its client.
    let cancellation: Cancellation?

    init(
        _ message: RPCMessage,
        _ http: Request,
        _ caller: Caller,
        _ version: ProtocolVersion,
        client: String = "",
        askable: AskableSession? = nil,
        cancellation: Cancellation? = nil
    ) {
        self.message = message
        self.http = http
        self.caller = caller
        self.version = version
        self.client = client
        self.askable = askable
        self.cancellation = cancellation
    }

    var state: GatewayState { caller.state }

    /// Whether the caller may be able to give input, or gives some: it declares a capability, or continues an earlier call.
    var mayHaveInput: Bool {
        version.isModern
            ? message.continuesEarlierCall || message.clientCapabilities?.count != 2 : askable != nil
    }

    /// The same request, which that cancellation ends.
    func cancelled(by cancellation: Cancellation) -> AgentRequest {
        AgentRequest(
            message,
            http,
            caller,
            version,
            client: client,
            askable: askable,
            cancellation: cancellation
        )
    }

    /// A JSON-RPC answer with the request's id, up to its result. `RPCWriter.closeResult` closes it.
    func openEnvelope(capacity: Int) -> ByteBuffer {
        var out = ByteBuffer(capacity: capacity)
        RPCWriter.openResult(id: message.id ?? 0..<0, in: http.bytes.span, to: &out)
        return out
    }

    /// The error for a method that the message's era doesn't have.
    var unknownMethod: RPCError { .methodNotFound(shown(message.methodName, in: http.bytes.span)) }

    /// The answer's message alone, for a message that is one of several.
    func message(_ outcome: Result<ByteBuffer, RPCError>) -> ByteBuffer {
        switch outcome {
        case .success(let body): body
        case .failure(let error):
            Rejection(error, id: message.id, isModern: version.isModern).body(in: http.bytes.span)
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

/// An unknown name, as an answer may repeat it: cut by code points, because one character may have any number of
/// them.
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
