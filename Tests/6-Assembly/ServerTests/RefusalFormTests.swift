import Bytes
import Gateway
import HTTP
import HTTPServer
import PortalAPI
import Testing

@testable import Server

/// The form of each refusal in each API, to the byte: once decided by the head alone, and once by the whole request.
struct RefusalFormTests {
    enum Credential: String, Sendable, CaseIterable {
        case missing, good, unknown, revoked, expired, suspended
        case twice
        case tokenGuess = "ey.guess"
        case tokenEnded = "ey.ended"
        case tokenLess = "ey.less"
        case tokenLate = "ey.late"
        case tokenKeys = "ey.keys"
        case tokenGood = "ey.good"

        var isToken: Bool { rawValue.hasPrefix("ey.") }

        /// The header lines.
        func lines(of key: (String) -> String) -> String {
            switch self {
            case .missing: ""
            case .twice: String(repeating: "Authorization: Bearer \(key("good"))\r\n", count: 2)
            default: "Authorization: Bearer \(isToken ? rawValue : key(rawValue))\r\n"
            }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var host = "127.0.0.1"
        var origin = ""
        let credential: Credential
        /// Whether the address has used up its one guess.
        var isLate = false
        let status: Int
        var kind = "unauthenticated"
        var title = "A credential is needed"
        var detail = ""
        var hint = ""
        var fields: [ResponseField] = []
        /// The reason in the audit log.
        var audited: String?
        var isGuess = false

        var testDescription: String { "\(credential) \(host) \(origin) \(isLate ? "late" : "")" }

        var body: String {
            #"{"type":"urn:mcp-gateway:problem:\#(kind)","title":"\#(title)","status":\#(status),"#
                + #""detail":"\#(detail)","hint":"\#(hint)","errors":[],"requestId":"r-1"}"#
        }
    }

    // MARK: The portal

    private static func challenge(_ word: String) -> [ResponseField] {
        [ResponseField("WWW-Authenticate", "Bearer \(word)")]
    }

    private static func refused(_ credential: Credential, _ reason: String, isGuess: Bool = false) -> Row {
        Row(
            credential: credential,
            status: 401,
            detail: "the key or access token is unknown, expired or revoked",
            hint: "ask the gateway's operator for a new one",
            fields: challenge("invalid"),
            audited: reason,
            isGuess: isGuess
        )
    }

    private static let portal: [Row] = [
        Row(
            host: "evil.example",
            credential: .good,
            status: 403,
            kind: "forbidden",
            title: "The credential doesn't allow this",
            detail: "the Host header is not allowed here",
            hint: "an operator can allow it with agents.allowed_hosts"
        ),
        Row(
            origin: "https://evil.example",
            credential: .good,
            status: 403,
            kind: "forbidden",
            title: "The credential doesn't allow this",
            detail: "the Origin header is not allowed here",
            hint: "an operator can allow it with agents.allowed_origins"
        ),
        Row(
            credential: .good,
            isLate: true,
            status: 429,
            kind: "too-many-requests",
            title: "Too many requests",
            detail: "too many wrong credentials came from this address",
            hint: "wait, then send a right one",
            fields: [ResponseField("Retry-After", "1")],
            audited: "limited",
            isGuess: true
        ),
        Row(
            credential: .missing,
            status: 401,
            detail: "the portal needs a key or an access token",
            hint: "send Authorization: Bearer mgw_…, as agents do",
            fields: challenge("missing")
        ),
        refused(.unknown, "unknown", isGuess: true), refused(.twice, "unknown", isGuess: true),
        refused(.revoked, "revoked"), refused(.expired, "expired"), refused(.suspended, "suspended"),
        refused(.tokenGuess, "token_signature", isGuess: true), refused(.tokenEnded, "token_expired"),
        Row(
            credential: .tokenKeys,
            status: 401,
            detail: "the key or access token is unknown, expired or revoked",
            hint: "ask the gateway's operator for a new one",
            fields: challenge("invalid")
        ),
        Row(
            credential: .tokenLess,
            status: 403,
            kind: "forbidden",
            title: "The credential doesn't allow this",
            detail: "the access token lacks a scope that every request needs",
            hint: "WWW-Authenticate names it",
            fields: challenge("insufficient")
        ),
        Row(
            credential: .tokenLate,
            status: 503,
            kind: "unavailable",
            title: "The gateway can't do it now",
            detail: "the token's issuer can't be asked for its keys at the moment",
            hint: "try again in a moment",
            fields: [ResponseField("Retry-After", "10")]
        ),
    ]

    @Test(arguments: portal, [true, false])
    func `the portal gives the reason in its own form, before and after the body`(_ row: Row, _ isHead: Bool)
        async throws
    {
        try await Bench.with { bench in
            if row.isLate {
                _ = await bench.handler.answer(try bench.request(Row(credential: .unknown, status: 0)))
            }
            let reported = bench.reports.list.count
            let request = try bench.request(row, "/portal/v1/me", bodyBytes: isHead ? 2 : 0)
            let answer = isHead ? await bench.screen(request) : await bench.handler.answer(request)
            let response = try #require(answer)
            expect(response, row)
            #expect(
                bench.reports.list.dropFirst(reported).map { $0.reason } == (row.audited.map { [$0] } ?? [])
            )
            let next = try bench.request(Row(credential: .good, status: 0), "/portal/v1/openapi.json")
            #expect(await bench.handler.answer(next).status == (row.isGuess ? 429 : 200))
        }
    }

    @Test(arguments: [Credential.good, .tokenGood])
    func `a request admitted by its head may send the body, which the tenant pays for`(
        _ credential: Credential
    ) async throws {
        try await Bench.with { bench in
            let request = try bench.request(Row(credential: credential, status: 0), bodyBytes: 2)
            #expect(await bench.screen(request) == nil)
            let proceeded = await bench.verdict(request)
            guard case .proceed(PortalAPI.bodyBytesMax, .some(.tenant(7))) = proceeded else {
                Issue.record("\(proceeded)")
                return
            }
        }
    }

    /// The words and fields are an agent's, except that the sentence is split in two.
    @Test func `a request beyond the limit is refused in the portal's form`() async throws {
        try await Bench.with(requestBurst: 1) { bench in
            let request = try bench.request(Row(credential: .good, status: 0), "/portal/v1/openapi.json")
            #expect(await bench.handler.answer(request).status == 200)
            let response = await bench.handler.answer(request)
            let row = Row(
                credential: .good,
                status: 429,
                kind: "too-many-requests",
                title: "Too many requests",
                detail: "The limit of 1 requests per second for this key is used up",
                hint: "try again in "
            )
            let body = response.body.text
            // The waiting time depends on the time since the first request.
            let start = try #require(row.body.firstRange(of: #"","errors""#)).lowerBound
            #expect(body.hasPrefix(row.body[..<start]))
            #expect(body.hasSuffix(#"s","errors":[],"requestId":"r-1"}"#))
            #expect(
                response.fields.map { $0.name } == [
                    "Cache-Control", "X-Content-Type-Options", "X-Request-Id", "Retry-After",
                    "X-RateLimit-Limit",
                    "X-RateLimit-Remaining", "X-RateLimit-Reset",
                ]
            )
        }
    }

    // MARK: The admin API

    private static func wrongToken(_ credential: Credential, _ reason: String) -> Row {
        Row(
            credential: credential,
            status: 401,
            detail: "the token is unknown, expired or revoked",
            hint: "`mcp-gateway admin-token list` on the gateway's host shows the tokens",
            fields: [
                ResponseField(
                    "WWW-Authenticate",
                    #"Bearer realm="mcp-gateway admin", error="invalid_token""#
                )
            ],
            audited: reason,
            isGuess: true
        )
    }

    private static let admin: [Row] = [
        Row(
            credential: .good,
            isLate: true,
            status: 429,
            kind: "too-many-requests",
            title: "Too many requests",
            detail: "too many wrong tokens came from this address",
            hint: "wait, then send a right one",
            fields: [ResponseField("Retry-After", "1")],
            audited: "limited",
            isGuess: true
        ),
        Row(
            credential: .missing,
            status: 401,
            detail: "the admin API needs a token",
            hint:
                "send Authorization: Bearer mgwa_…; `mcp-gateway admin-token issue` makes one on the gateway's host",
            fields: [ResponseField("WWW-Authenticate", #"Bearer realm="mcp-gateway admin""#)]
        ),
        wrongToken(.unknown, "unknown"), wrongToken(.twice, "unknown"), wrongToken(.revoked, "revoked"),
        wrongToken(.expired, "expired"), wrongToken(.tokenGuess, "unknown"),
    ]

    @Test(arguments: admin, [true, false])
    func `the admin API gives the reason, and counts every wrong token as a guess`(_ row: Row, _ isHead: Bool)
        async throws
    {
        try await AdminBench.with { bench in
            if row.isLate {
                _ = await bench.handler.answer(
                    try bench.request(Row(credential: .unknown, status: 0)),
                    on: bench.loop
                )
            }
            let reported = bench.reports.list.count
            let request = try bench.request(row, bodyBytes: isHead ? 2 : 0)
            let answer =
                isHead
                ? await bench.handler.refusal(ofHead: request, on: bench.loop)
                : await bench.handler.answer(request, on: bench.loop)
            expect(try #require(answer), row)
            #expect(
                bench.reports.list.dropFirst(reported).map { $0.reason } == (row.audited.map { [$0] } ?? [])
            )
            let next = try bench.request(Row(credential: .good, status: 0))
            let status = await bench.handler.answer(next, on: bench.loop).status
            #expect((status == 429) == row.isGuess && (row.isGuess || status == 200))
        }
    }

    @Test(arguments: [("evil.example", ""), ("127.0.0.1", "https://evil.example")])
    func `the admin listener checks Host and Origin before the token`(_ host: String, _ origin: String)
        async throws
    {
        try await AdminBench.with { bench in
            let row = Row(host: host, origin: origin, credential: .unknown, status: 403)
            guard case .respond(let response) = bench.router.screen(try bench.request(row)) else {
                Issue.record("not refused at once")
                return
            }
            #expect(response.status == 403)
            #expect(
                response.body.text
                    == "403 Forbidden: the Host or Origin is not allowed; see agents.allowed_hosts\n"
            )
            #expect(bench.reports.list.isEmpty)
        }
    }

    private func expect(_ response: Response, _ row: Row) {
        #expect(response.status == row.status)
        #expect(response.contentType?.text == "application/problem+json")
        let own = [
            ResponseField("Cache-Control", "no-store"), ResponseField("X-Content-Type-Options", "nosniff"),
            ResponseField("X-Request-Id", "r-1"),
        ]
        #expect(response.fields == own + row.fields)
        #expect(response.body.text == row.body)
    }
}
