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
            let shown = shown(name, in: bytes)
            return .failure(
                insufficientScope(request.caller, index, tokens, "the tool \(shown)") ?? .unknownTool(shown)
            )
        case .hidden: return .failure(.unknownTool(shown(name, in: bytes)))
        }
    }

    /// Names all scopes that the call needs in one challenge; nil when no scope would do. Source: RFC 6750 §3.1, RFC 9470 §3
    /// - Parameter what: the tool, or whatever else is asked for.
    static func insufficientScope(
        _ caller: Caller,
        _ tool: Int,
        _ tokens: (any TokenAuthority)?,
        _ what: String
    ) -> RPCError? {
        let opening = caller.state.snapshot.scopes(allowing: tool)
        guard case .token(let grant) = caller.principal.credential, let tokens, !opening.isEmpty else {
            return nil
        }
        let challenge = tokens.insufficientScope(granted: grant.scopes, opening: opening)
        var error = RPCError(.insufficientScope, "The access token's scopes don't open \(what).")
        error.fields = [ResponseField("WWW-Authenticate", challenge)]
        return error
    }
}
