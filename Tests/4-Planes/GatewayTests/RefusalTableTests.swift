import EventLoop
import Gateway
import HTTP
import Policy
import Telemetry
import TestSupport
import Testing

/// Every reason to refuse a request to the endpoint, with everything that follows from it, to the byte.
struct RefusalTableTests {
    enum Setup: Sendable {
        /// Only keys.
        case keys
        /// Keys and access tokens.
        case tokens
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let reason: String
        let setup: Setup
        var fields: [(name: String, value: String?)] = []
        /// Whether a guess came from the address just before, which used up its budget.
        var isLate = false
        let answer: Answer
        /// The label in `mcp_gateway_authentication_failures_total`.
        var counted: String?
        var kind = "unauthenticated"
        /// Whether the refusal is in the audit log, under the label or this word.
        var isAudited = false
        var audited: String?
        /// Whether the refusal uses up a budget of one guess, so that the address may not try again.
        var isGuess = false

        var testDescription: String { "\(reason) \(setup)" }
    }

    struct Answer: Sendable {
        let status: Int
        var contentType = "text/plain; charset=utf-8"
        var fields: [ResponseField] = []
        let body: String

        static func source(_ field: String, _ setting: String) -> Answer {
            Answer(
                status: 403,
                contentType: "application/json",
                body:
                    #"{"jsonrpc":"2.0","error":{"code":-32600,"message":"The \#(field) header is "#
                    + #"not allowed here; an operator can allow it with agents.\#(setting)."}}"#
            )
        }

        static func challenge(_ status: Int, _ value: String, _ body: String) -> Answer {
            Answer(status: status, fields: [ResponseField("WWW-Authenticate", value)], body: body)
        }

        static let host = source("Host", "allowed_hosts")
        static let origin = source("Origin", "allowed_origins")
        static let limited = Answer(
            status: 429,
            fields: [ResponseField("Retry-After", "1")],
            body:
                "429 Too Many Requests: too many wrong keys came from this address; wait, then send a right one\n"
        )
        static let missingKey = challenge(
            401,
            "Bearer realm=\"mcp-gateway\"",
            "401 Unauthorized: send a key as \"Authorization: Bearer mgw_…\"\n"
        )
        static let wrongKey = challenge(
            401,
            "Bearer realm=\"mcp-gateway\", error=\"invalid_token\", "
                + "error_description=\"The key is unknown, expired or revoked\"",
            "401 Unauthorized: the key is unknown, expired or revoked\n"
        )
        static let missing = challenge(
            401,
            "Bearer resource_metadata=\"m\"",
            "401 Unauthorized: send a key or an access token as \"Authorization: Bearer …\"\n"
        )
        static let wrong = challenge(
            401,
            "Bearer resource_metadata=\"m\", error=\"invalid_token\"",
            "401 Unauthorized: the key or access token is unknown, expired or not for this server\n"
        )
        static let insufficientScope = challenge(
            403,
            "Bearer resource_metadata=\"m\", error=\"insufficient_scope\", scope=\"must\"",
            "403 Forbidden: the access token lacks a scope that every request needs\n"
        )
        static let undecided = Answer(
            status: 503,
            fields: [ResponseField("Retry-After", "10")],
            body: "503 Service Unavailable: the token's issuer can't be asked for its keys at the moment\n"
        )
    }

    private static func refused(
        _ reason: String,
        _ setup: Setup,
        _ credential: String,
        _ answer: Answer,
        isGuess: Bool
    ) -> Row {
        Row(
            reason: reason,
            setup: setup,
            fields: [("Authorization", credential)],
            answer: answer,
            counted: reason,
            isAudited: true,
            isGuess: isGuess
        )
    }

    private static let keys: [Row] = [Setup.keys, .tokens].flatMap { setup in
        let wrong = setup == .keys ? Answer.wrongKey : .wrong
        return [
            Row(
                reason: "host",
                setup: setup,
                fields: [("Host", "evil.example")],
                answer: .host,
                kind: "source"
            ),
            Row(
                reason: "origin",
                setup: setup,
                fields: [("Origin", "https://evil.example")],
                answer: .origin,
                kind: "source"
            ),
            Row(
                reason: "limited",
                setup: setup,
                isLate: true,
                answer: .limited,
                isAudited: true,
                audited: "limited"
            ),
            Row(
                reason: "missing",
                setup: setup,
                fields: [("Authorization", nil)],
                answer: setup == .keys ? .missingKey : .missing,
                counted: "missing"
            ),
            refused("unknown", setup, "Bearer \(Keys.unknown)", wrong, isGuess: true),
            refused("unknown", setup, "Basic bWd3OmdhdGU=", wrong, isGuess: true),
            refused(
                "unknown",
                setup,
                "Bearer mgw_" + String(repeating: "k", count: 600),
                wrong,
                isGuess: true
            ),
            refused("revoked", setup, "Bearer \(Keys.revoked)", wrong, isGuess: false),
            refused("expired", setup, "Bearer \(Keys.expired)", wrong, isGuess: false),
            refused("suspended", setup, "Bearer \(Keys.suspended)", wrong, isGuess: false),
        ]
    }

    private static let guessedTokens = [
        "malformed", "algorithm", "type", "issuer", "audience", "bound", "subject", "tenant", "signature",
    ]
    private static let honestTokens = ["expired", "notYetValid", "unknownKey"]

    private static let tokens: [Row] =
        guessedTokens.map { refused("token_\($0)", .tokens, "Bearer ey.\($0)", .wrong, isGuess: true) }
        + honestTokens.map { refused("token_\($0)", .tokens, "Bearer ey.\($0)", .wrong, isGuess: false) }
        + [
            refused("unknown", .tokens, "Bearer ey.nobody", .wrong, isGuess: true),
            refused("suspended", .tokens, "Bearer ey.idle", .wrong, isGuess: false),
            refused("expired", .tokens, "Bearer ey.ended", .wrong, isGuess: false),
            // The issuer's keys were fetched, and the verdict is still pending.
            Row(
                reason: "token_unknownKey",
                setup: .tokens,
                fields: [("Authorization", "Bearer ey.keys")],
                answer: .wrong,
                counted: "token_unknownKey"
            ),
            Row(
                reason: "scope",
                setup: .tokens,
                fields: [("Authorization", "Bearer ey.less")],
                answer: .insufficientScope,
                counted: "scope"
            ),
            Row(
                reason: "undecided",
                setup: .tokens,
                fields: [("Authorization", "Bearer ey.late")],
                answer: .undecided,
                counted: "undecided"
            ),
        ]

    private static func authority() -> FakeAuthority {
        func grant(expiresAtMs: Int64 = .max) -> TokenGrant {
            TokenGrant(scopes: ScopeSet(rawValue: 1), expiresAtMs: expiresAtMs, subject: 1 << 62)
        }
        let authority = FakeAuthority()
        authority.judgements = [
            "ey.nobody": .accepted(("nobody", grant())), "ey.idle": .accepted(("idle", grant())),
            "ey.ended": .accepted(("acme", grant(expiresAtMs: 1))), "ey.less": .refused(.insufficientScope),
            "ey.late": .refused(.undecided),
            "ey.keys": .pending(.issuerKeys(0), otherwise: .tokenKeysPending),
        ]
        for refusal in Refusal.allCases where refusal.word.hasPrefix("token_") {
            authority.judgements["ey." + refusal.word.dropFirst(6)] = .refused(refusal)
        }
        authority.judgements["ey.unknownKey"] = .refused(.tokenUnknownKey)
        return authority
    }

    @Test(arguments: keys + tokens)
    func `each reason has its answer, its metrics, its audit row and its effect on the guess budget`(
        _ row: Row
    )
        async throws
    {
        try await withLoop { loop in
            let reports = LimitFailureTests.Reports()
            let agents = Agents(
                loop,
                Sample.snapshot(),
                tokens: row.setup == .tokens ? Self.authority() : nil,
                loginThrottle: LoginThrottle(rate: 1, burst: 1, audit: reports)
            )
            let good = Ask.modern("tools/list")
            if row.isLate { try await agents.expect(401, good.by(Keys.unknown)) }
            let (before, reported) = (Self.figures(agents), reports.list.count)

            var ask = good
            for field in row.fields { ask = ask.with(field.name, field.value) }
            let reply = try await agents.send(ask)

            #expect(reply.status == row.answer.status)
            #expect(reply.contentType == row.answer.contentType)
            #expect(reply.fields == row.answer.fields)
            #expect(reply.body == row.answer.body)
            let request =
                #"mcp_gateway_requests_total{kind="\#(row.kind)",status="\#(row.answer.status)"} 1"#
            let failure = row.counted.map {
                #"mcp_gateway_authentication_failures_total{reason="\#($0)"} 1"#
            }
            #expect(Self.figures(agents).subtracting(before) == Set([request] + (failure.map { [$0] } ?? [])))
            let audited = row.isAudited ? [row.audited ?? row.counted ?? ""] : []
            #expect(reports.list.dropFirst(reported).map(\.reason) == audited)
            let lines = agents.log.filter { $0.hasPrefix("debug a request was not authenticated ") }.suffix(1)
            #expect(
                row.isLate
                    || Array(lines)
                        == (row.counted.map {
                            ["debug a request was not authenticated reason=\($0) peer=127.0.0.1"]
                        } ?? [])
            )
            #expect(try await agents.send(good).status == (row.isGuess || row.isLate ? 429 : 200))
        }
    }

    @Test func `the table has a row for every reason`() {
        let words = Set((Self.keys + Self.tokens).map { $0.reason })
        #expect(words == Set(Refusal.allCases.map { $0.word }))
    }

    @Test func `a guess whose budget was used up meanwhile gets 429 and is counted by its own reason`()
        async throws
    {
        try await withLoop { loop in
            let reports = LimitFailureTests.Reports()
            let throttle = LoginThrottle(rate: 1, burst: 1, audit: reports)
            let authority = Self.authority()
            let other = try LimitFailureTests.request(peer: "127.0.0.1")
            authority.whileJudging = { _ = LimitFailureTests.fail(throttle, other, loop.now) }
            let agents = Agents(loop, Sample.snapshot(), tokens: authority, loginThrottle: throttle)
            let reply = try await agents.send(Ask.modern("tools/list").by("ey.signature"))
            #expect(reply.status == 429)
            #expect(reply.fields == Answer.limited.fields && reply.body == Answer.limited.body)
            #expect(reports.list.map(\.reason) == ["unknown", "limited"])
            #expect(reports.list.last?.keyPrefix == nil)
            #expect(
                Self.figures(agents) == [
                    #"mcp_gateway_requests_total{kind="unauthenticated",status="429"} 1"#,
                    #"mcp_gateway_authentication_failures_total{reason="token_signature"} 1"#,
                ]
            )
        }
    }

    /// The lines of the two metric families that a refusal changes.
    private static func figures(_ agents: Agents) -> Set<String> {
        Set(
            agents.metricLines.filter {
                $0.hasPrefix("mcp_gateway_requests_total{")
                    || $0.hasPrefix("mcp_gateway_authentication_failures_total{")
            }
        )
    }
}
