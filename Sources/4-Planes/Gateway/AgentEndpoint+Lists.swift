import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// Requests that are answered from the state alone.
extension AgentEndpoint {
    /// One page of the tools that the caller sees.
    func list(_ request: borrowing AgentRequest) -> Result<ByteBuffer, RPCError> {
        let kind = request.message.method.listedKind ?? .tool
        let lists = request.state.snapshot.visibleLists(for: request.caller.principal, nowMs: loop.wallMs)
        guard kind == .tool || lists.contains(ListChanges(kind)) else {
            return .failure(request.unknownMethod)
        }
        let bytes = request.http.bytes
        var after: String?
        if let cursor = request.message.cursor {
            guard let read = Cursor(cursor.text(in: bytes.span)), read.isOf(kind) else {
                return .failure(RPCError(.invalidParams, "params.cursor is not one that this server gave."))
            }
            after = read.lastName
        }
        let page = self.lists.page(
            of: request.state,
            kind: kind,
            for: request.caller.principal,
            version: request.version,
            after: after,
            nowMs: loop.wallMs
        )
        var out = request.openEnvelope(capacity: page.count + 128)
        out.append(contentsOf: page.bytes)
        RPCWriter.closeResult(to: &out)
        return .success(out)
    }

    func discover(_ request: borrowing AgentRequest) -> ByteBuffer {
        let settings = request.state.settings
        var out = request.openEnvelope(capacity: 512)
        RPCWriter.appendDiscoverResult(
            settings.identity,
            offer(to: request.caller),
            ttlMs: settings.listTTLMs,
            to: &out
        )
        RPCWriter.closeResult(to: &out)
        return out
    }

    /// The answer to `ping`, and to what else is only confirmed.
    func empty(_ request: borrowing AgentRequest) -> ByteBuffer {
        var out = request.openEnvelope(capacity: 64)
        RPCWriter.appendEmptyResult(to: &out)
        RPCWriter.closeResult(to: &out)
        return out
    }

    /// `logging/setLevel`, for the calls of a session from then on. Without a session there is nothing to remember it by;
    /// such a client gets what all get.
    func setLogLevel(_ request: AgentRequest) -> Result<ByteBuffer, RPCError> {
        do throws(RPCError) {
            let level = try LoggingLevel(params: request.message.params, in: request.http.bytes.span)
            if let code = session(of: request)?.mark?.code { sessionLevels.set(level, for: code) }
            return .success(empty(request))
        } catch {
            return .failure(error)
        }
    }

    /// The level of log messages that a legacy caller hears.
    func level(of request: AgentRequest) -> LoggingLevel {
        session(of: request)?.mark.map { sessionLevels.level(of: $0.code) } ?? SessionLevels.usual
    }

    /// The session that a legacy request names; nil for none.
    private func session(of request: AgentRequest) -> SessionIDs.Session? {
        try? session(request.version, request.http, request.caller).get()
    }
}
