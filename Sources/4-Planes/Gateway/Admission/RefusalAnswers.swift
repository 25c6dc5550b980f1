import HTTP
import MCP
import Policy

/// The answers that MCP clients get to refused requests, made once: a flood of guesses must cost little.
struct RefusalAnswers {
    /// [Refusal.Answer]
    private let responses: [Response]

    /// - Parameter challenges: nil where only keys are accepted.
    init(_ challenges: TokenChallenges?) {
        responses = Refusal.Answer.allCases.map { Self.response(to: $0, challenges) }
    }

    subscript(answer: Refusal.Answer) -> Response { responses[answer.rawValue] }

    private static func response(to answer: Refusal.Answer, _ challenges: TokenChallenges?) -> Response {
        switch answer {
        case .host: source(answer, "Host", "allowed_hosts")
        case .origin: source(answer, "Origin", "allowed_origins")
        case .tooManyGuesses:
            // Tries come back within a second at the slowest rate.
            .text(
                answer.status,
                "429 Too Many Requests: too many wrong keys came from this address; wait, then send a right one\n",
                fields: [ResponseField("Retry-After", "1")]
            )
        case .missing:
            challenge(
                answer,
                challenges == nil
                    ? "401 Unauthorized: send a key as \"Authorization: Bearer mgw_…\"\n"
                    : "401 Unauthorized: send a key or an access token as \"Authorization: Bearer …\"\n",
                challenges?.missing ?? "Bearer realm=\"mcp-gateway\""
            )
        case .invalid:
            challenge(
                answer,
                challenges == nil
                    ? "401 Unauthorized: the key is unknown, expired or revoked\n"
                    : "401 Unauthorized: the key or access token is unknown, expired or not for this server\n",
                challenges?.invalid
                    ?? "Bearer realm=\"mcp-gateway\", error=\"invalid_token\", "
                    + "error_description=\"The key is unknown, expired or revoked\""
            )
        case .insufficientScope:
            challenge(
                answer,
                "403 Forbidden: the access token lacks a scope that every request needs\n",
                challenges?.insufficientScope
            )
        case .undecided:
            .text(
                answer.status,
                "503 Service Unavailable: the token's issuer can't be asked for its keys at the moment\n",
                fields: [ResponseField("Retry-After", "10")]
            )
        }
    }

    private static func source(_ answer: Refusal.Answer, _ field: String, _ setting: String) -> Response {
        let error = RPCError(
            .invalidRequest,
            "The \(field) header is not allowed here; an operator can allow it with agents.\(setting)."
        )
        let rejection = Rejection(status: answer.status, error: error, id: nil, isModern: true)
        // The error has no id, so it repeats nothing of the request.
        let noRequest: [UInt8] = []
        return Response(status: answer.status, contentType: .json, body: rejection.body(in: noRequest.span))
    }

    /// A challenge has an `error` only when a credential was presented. Source: RFC 6750 §3.
    private static func challenge(_ answer: Refusal.Answer, _ text: String, _ value: String?) -> Response {
        .text(
            answer.status,
            text,
            fields: value.map { [ResponseField("WWW-Authenticate", $0)] } ?? []
        )
    }
}
