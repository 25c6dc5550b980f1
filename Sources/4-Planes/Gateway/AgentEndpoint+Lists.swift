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

    /// `logging/setLevel`, whose level is checked and not kept: no log messages are relayed, and so the capability
    /// `logging` is not declared. Some clients set a level all the same, and take an error for a broken server.
    func setLogLevel(_ request: borrowing AgentRequest) -> Result<ByteBuffer, RPCError> {
        do throws(RPCError) {
            _ = try LoggingLevel(params: request.message.params, in: request.http.bytes.span)
            return .success(empty(request))
        } catch {
            return .failure(error)
        }
    }
}
