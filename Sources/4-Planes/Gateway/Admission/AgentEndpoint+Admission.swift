import EventLoop
package import HTTP
package import Policy

/// What the surfaces other than MCP (the portal) use of the loop's endpoint.
extension AgentEndpoint {
    /// Admits a request to a surface other than MCP; waits if its credential needs it.
    /// - Throws: the refusal, which the surface answers in its own form.
    package func admit(_ request: Request) async throws(Refusal) -> Caller {
        let caller = try await admission.admit(request)
        touch(caller)
        return caller
    }

    /// Takes one request other than a call from the credential's budget.
    /// - Returns: the limit when it is used up; else nil.
    package func takeRequest(of caller: Caller) -> UsedUpLimit? {
        let standing = caller.state.limits.requests.take(caller.principal, nowNs: loop.now)
        return standing.map { UsedUpLimit($0, limit: caller.principal.key == nil ? "tenant" : "key") }
    }

    /// The answer to a browser's preflight request; nil when the request is something else.
    package func preflight(_ request: borrowing Request) -> Response? {
        guard let answer = CrossOrigin(sourceCheck).preflight(request) else { return nil }
        counters.count(.preflight, answer.status)
        return answer
    }

    /// The header fields by which a page of an allowed origin may read the answer to this request.
    package func crossOriginFields(for request: borrowing Request) -> [ResponseField] {
        sourceCheck.listsOrigins ? CrossOrigin(sourceCheck).fields(for: request) : []
    }

    /// Counts a request to the portal, in place of one to `/mcp`.
    package func countPortal(_ status: Int) { counters.count(status == 429 ? .limited : .portal, status) }
}
