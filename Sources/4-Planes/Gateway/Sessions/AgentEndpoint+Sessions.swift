import Bytes
import EventLoop
import HTTP
import MCP
import Policy

/// The end of a legacy session, which its client asks for with DELETE.
/// Source: MCP 2025-11-25 transports, "Session Management" 5.
extension AgentEndpoint {

    /// Ends the session that the request names, if it is the caller's own, and then answers with 204.
    func endSession(_ request: consuming Request, _ caller: Caller, for client: any AgentClient) {
        guard let sessionEnding, !Inbound.namesModernVersion(request) else {
            return client.receive(.whole(notAllowed(request)), from: self)
        }
        let mark: SessionMark
        switch endedSession(request, caller) {
        case .success(let found): mark = found
        case .failure(let rejection):
            counters.count(.session, rejection.status)
            return client.receive(.whole(rejection.response(in: request)), from: self)
        }
        let request = request
        wait(for: client) { endpoint, client in
            let outcome = await sessionEnding.end(mark)
            if outcome == .ended { endpoint.streams.endWatches(of: mark) }
            let response: Response =
                switch outcome {
                case .ended: Response(status: 204)
                case .full: Rejection(ending: .tooManyEnded).response(in: request)
                case .unavailable: Rejection(ending: .notEnded).response(in: request)
                }
            endpoint.counters.count(.session, response.status)
            client.receive(.whole(response), from: endpoint)
        }
    }

    private func endedSession(_ request: Request, _ caller: Caller) -> Result<SessionMark, Rejection> {
        Inbound.legacyVersion(request).flatMap { session($0, request, caller) }.flatMap { session in
            guard let mark = session.mark else { return .failure(Rejection(ending: .unnamed)) }
            return .success(mark)
        }
    }
}

extension Rejection {
    fileprivate init(ending error: RPCError) { self.init(error, id: nil, isModern: false) }
}

extension RPCError {
    fileprivate static var unnamed: RPCError {
        RPCError(.invalidRequest, "The header Mcp-Session-Id must name the session to end.")
    }

    fileprivate static var tooManyEnded: RPCError {
        var error = RPCError(
            .limitExceeded,
            "This credential has ended too many sessions lately, so this one goes on; it ends by itself 30 days after "
                + "it was opened."
        )
        error.fields = [ResponseField("Retry-After", "3600")]
        return error
    }

    fileprivate static var notEnded: RPCError {
        var error = RPCError(.unavailable, "The session could not be ended; try again later.")
        error.fields = [ResponseField("Retry-After", "5")]
        return error
    }
}
