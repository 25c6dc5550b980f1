package import Bytes
import JSON
import MCP

/// A POST of MCP's streamable HTTP inside an API Gateway or Function URL event; the HTTP response inside the answer.
///
/// The two contracts differ in the event alone: `http-v2` is what HTTP APIs and function URLs send, `http-v1` what REST
/// APIs send. Answers are read in either format, whichever contract is used.
package enum HTTPEventContract {
    /// Appends the event that asks for a page of one kind.
    static func appendList(
        _ contract: Contract,
        _ kind: CatalogKind,
        cursor: String?,
        id: Int,
        over http: HTTPExchange,
        to out: inout ByteBuffer
    ) {
        var message = ByteBuffer(capacity: 256)
        JSONRPCContract.appendStart(kind.listMethod, id: id, to: &message)
        message.append(",\"params\":{")
        if let cursor {
            message.append("\"cursor\":")
            JSON.appendString(cursor, to: &message)
        }
        if http.session?.isModern == true {
            JSON.appendKey("_meta", to: &message)
            message.append("{")
            message.append(JSONRPCContract.modernMeta)
            message.append("{}}")
        }
        message.append("}}")
        HTTPEvent(contract, http, id: id, method: kind.listMethod).append(message.bytes.span, to: &out)
    }

    /// Appends the event of a call.
    static func appendCall(
        _ contract: Contract,
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to out: inout ByteBuffer
    ) {
        let http = call.http ?? HTTPExchange()
        var message = ByteBuffer(capacity: 160 + (call.arguments?.count ?? 0))
        JSONRPCContract.append(
            call,
            of: request,
            era: http.session?.isModern == true ? .modern : .legacy,
            to: &message
        )
        HTTPEvent(contract, http, id: call.id, method: "tools/call", tool: call.tool, mirrored: call.mirrored)
            .append(message.bytes.span, to: &out)
    }

    /// Appends the event of a question.
    static func append(
        _ contract: Contract,
        _ question: borrowing FunctionQuestion,
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to out: inout ByteBuffer
    ) {
        let http = call.http ?? HTTPExchange()
        var message = ByteBuffer(capacity: 160 + question.params.count)
        JSONRPCContract.append(
            question,
            call,
            of: request,
            era: http.session?.isModern == true ? .modern : .legacy,
            to: &message
        )
        HTTPEvent(contract, http, id: call.id, method: question.method, tool: question.mirrored)
            .append(message.bytes.span, to: &out)
    }
}

// MARK: Sessions

extension Contract {
    /// Whether its events are HTTP requests, which have sessions, a path and a host.
    package var isHTTP: Bool { self == .httpV1 || self == .httpV2 }

    /// Appends the event that asks an HTTP function for a session.
    package func appendInitialize(id: Int, over http: HTTPExchange, to out: inout ByteBuffer) {
        var http = http
        http.session = nil
        var message = ByteBuffer(capacity: 256)
        JSONRPCContract.appendStart("initialize", id: id, to: &message)
        message.append(",\"params\":{\"protocolVersion\":\"")
        message.append(HTTPSession.usualVersion)
        message.append(
            "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"mcp-gateway\",\"version\":\"1\"}}}"
        )
        HTTPEvent(self, http, id: id, method: "initialize", saysVersion: false)
            .append(message.bytes.span, to: &out)
    }

    /// Appends the event that asks an HTTP function who it is: `server/discover` of one that serves no older version than
    /// 2026-07-28, else `initialize`.
    package func appendGreeting(id: Int, over http: HTTPExchange, to out: inout ByteBuffer) {
        guard http.session?.isModern == true else { return appendInitialize(id: id, over: http, to: &out) }
        var message = ByteBuffer(capacity: 256)
        JSONRPCContract.appendStart("server/discover", id: id, to: &message)
        message.append(",\"params\":{\"_meta\":{")
        message.append(JSONRPCContract.modernMeta)
        message.append("{}}}}")
        HTTPEvent(self, http, id: id, method: "server/discover").append(message.bytes.span, to: &out)
    }

    /// Appends the event that confirms a session to an HTTP function; some require it before anything else.
    package func appendInitialized(id: Int, over http: HTTPExchange, to out: inout ByteBuffer) {
        let message: StaticString = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        var text = ByteBuffer(capacity: 64)
        text.append(message)
        HTTPEvent(self, http, id: id, method: "notifications/initialized").append(text.bytes.span, to: &out)
    }
}
