import Bytes
import HTTP
import JSON
import MCP
import Policy

/// The first step of a call: the tool that it names, if the caller may call it.
struct ResolvedTool: Equatable {
    /// A position in the state's tools.
    let index: Int

    /// Finds the tool. Every failure has the same answer, except for a token that more scopes would let call the tool.
    /// - Parameter nowMs: milliseconds since 1970.
    static func resolve(
        _ request: borrowing AgentRequest,
        nowMs: Int64,
        tokens: (any TokenAuthority)?
    ) -> Result<ResolvedTool, RPCError> {
        guard let name = request.message.name else {
            return .failure(RPCError(.invalidParams, "params.name is missing or not a string."))
        }
        let held = request.http.bytes
        let bytes = held.span
        let snapshot = request.caller.state.snapshot
        let index: Int?
        if name.hasEscapes {
            let text = name.text(in: bytes)
            index = snapshot.tool(named: text.utf8.span)
        } else {
            index = snapshot.tool(named: bytes.extracting(name.range))
        }
        guard let index else { return .failure(.unknownTool(shown(name, in: bytes))) }
        switch snapshot.authorize(request.caller.principal, tool: index, nowMs: nowMs) {
        case .allowed: return .success(ResolvedTool(index: index))
        case .outsideScopes:
            return .failure(insufficientScope(request.caller, index, tokens, shown(name, in: bytes)))
        case .hidden: return .failure(.unknownTool(shown(name, in: bytes)))
        }
    }

    /// Names all scopes that the call needs in one challenge. Source: RFC 6750 §3.1, RFC 9470 §3
    private static func insufficientScope(
        _ caller: Caller,
        _ tool: Int,
        _ tokens: (any TokenAuthority)?,
        _ name: String
    ) -> RPCError {
        let opening = caller.state.snapshot.scopes(allowing: tool)
        guard case .token(let grant) = caller.principal.credential, let tokens, !opening.isEmpty else {
            return .unknownTool(name)
        }
        let challenge = tokens.insufficientScope(granted: grant.scopes, opening: opening)
        var error = RPCError(.insufficientScope, "The access token's scopes don't open the tool \(name).")
        error.fields = [ResponseField("WWW-Authenticate", challenge)]
        return error
    }
}
