package import HTTP
package import Policy

/// What the surfaces beside the protocol ask of the loop's endpoint.
extension AgentEndpoint {
    /// Admits a request to a surface beside the protocol, waiting for what its credential needs.
    /// - Throws: what the client is to be told, in the surface's own form.
    package func admit(_ request: Request) async throws(Refusal) -> Caller {
        let caller = try await admission.admit(request)
        touch(caller)
        return caller
    }

    /// The answer to a browser that asks before a page's request; nil when the request is something else.
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
