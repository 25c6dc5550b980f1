import Bytes
import EventLoop
import Gateway
import HTTP
import JSON
import Policy
import TestSupport
import Testing

/// Tokens beside keys, in both eras. Scope 0 opens `time___*`, scope 1 opens `rpc___*`, scope 2 opens `time___now`.
struct TokenTests {
    private static let scopes = [["time___*"], ["rpc___*"], ["time___now"]].map { texts in
        texts.compactMap { NamePattern($0) }
    }

    private static func grant(
        _ scopes: UInt64,
        subject: Int64 = 1 << 62,
        expiresAtMs: Int64 = .max
    ) -> TokenGrant {
        TokenGrant(scopes: ScopeSet(rawValue: scopes), expiresAtMs: expiresAtMs, subject: subject)
    }

    private func withTokens(
        _ snapshot: Snapshot = Sample.snapshot().narrowingTokens(to: scopes),
        loginThrottle: LoginThrottle = LoginThrottle(burst: 1_000_000),
        _ body: @escaping @Sendable (Agents, FakeAuthority) async throws -> Void
    ) async throws {
        try await withLoop { loop in
            let authority = FakeAuthority()
            authority.judgements = [
                "ey.time": .accepted(("acme", Self.grant(0b001))),
                "ey.rpc": .accepted(("acme", Self.grant(0b010, subject: 1 << 62 | 1))),
                "ey.none": .accepted(("acme", Self.grant(0))),
                "ey.idle": .accepted(("idle", Self.grant(0b111))),
                "ey.nobody": .accepted(("nobody", Self.grant(0b111))),
                "ey.ended": .accepted(("acme", Self.grant(0b111, expiresAtMs: 1))),
                "ey.old": .refused(.tokenExpired), "ey.less": .refused(.insufficientScope),
                "ey.late": .refused(.undecided),
                "ey.keys": .pending(.issuerKeys(3), otherwise: .tokenKeysPending),
            ]
            try await body(Agents(loop, snapshot, tokens: authority, loginThrottle: loginThrottle), authority)
        }
    }

    private func names(_ reply: Reply) -> [String] {
        (reply.result["tools"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    @Test func `a token lists and calls what its scopes open, in both eras`() async throws {
        try await withTokens { agents, _ in
            for ask in [Ask.modern("tools/list"), .legacy("tools/list")] {
                let time = try await agents.expect(200, ask.by("ey.time"))
                #expect(names(time) == ["time___convert_time", "time___list", "time___now"])
                let rpc = try await agents.expect(200, ask.by("ey.rpc"))
                #expect(names(rpc) == ["rpc___echo", "rpc___query"])
                #expect(try await names(agents.expect(200, ask.by("ey.none"))).isEmpty)
                #expect(try await names(agents.expect(200, ask)) == Sample.visible)
            }
            for ask in [Ask.modernCall("time___now"), .legacyCall("time___now")] {
                #expect(try await agents.expect(200, ask.by("ey.time")).text == "done")
            }
        }
    }

    @Test func `expired tokens are reported like other refused ones, and don't count as guesses`()
        async throws
    {
        let reports = LimitFailureTests.Reports()
        let throttle = LoginThrottle(rate: 1, burst: 1, audit: reports)
        try await withTokens(loginThrottle: throttle) { agents, _ in
            for token in ["ey.old", "ey.ended", "ey.idle", "ey.old"] {
                try await agents.expect(401, Ask.modern("tools/list").by(token))
            }
            try await agents.expect(200, Ask.modern("tools/list").by("ey.time"))
        }
        #expect(reports.list.map(\.reason) == ["token_expired", "expired", "suspended", "token_expired"])
    }

    @Test func `without configured scopes, a token may use everything that its tenant may`() async throws {
        try await withTokens(Sample.snapshot()) { agents, _ in
            let reply = try await agents.expect(200, Ask.modern("tools/list").by("ey.none"))
            #expect(names(reply) == Sample.visible)
        }
    }

    @Test func `a call that more scopes would allow gets 403 with one challenge, and reaches no function`()
        async throws
    {
        try await withTokens { agents, _ in
            for ask in [Ask.modernCall("time___now"), .legacyCall("time___now")] {
                let reply = try await agents.expect(403, ask.by("ey.rpc"))
                #expect(
                    reply.field("WWW-Authenticate")
                        == "Bearer error=\"insufficient_scope\", granted=2, opening=[0, 2]"
                )
                #expect(reply.code == 403)
            }
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test func `a prompt or a resource that more scopes would open is 403 too`() async throws {
        let scopes = [["docs___*"], ["wiki___*"], ["wiki___prompt:*"]].map { texts in
            texts.compactMap { NamePattern($0) }
        }
        try await withTokens(Library.snapshot().narrowingTokens(to: scopes)) { agents, _ in
            for isModern in [true, false] {
                for (ask, opening) in [
                    (Ask.prompt("wiki___report", isModern: isModern), "[1, 2]"),
                    (.read("mcp-gateway://wiki/same:x", isModern: isModern), "[1]"),
                ] {
                    let reply = try await agents.expect(403, ask.by("ey.time"))
                    #expect(reply.field("WWW-Authenticate")?.hasSuffix("opening=\(opening)") == true)
                    #expect(reply.code == 403)
                }
                // What no scope opens is as unknown as what isn't there.
                let hidden = try await agents.send(Ask.prompt("web___page", isModern: isModern).by("ey.time"))
                #expect(hidden.message == "Unknown prompt: web___page")
            }
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test(arguments: ["time___nothing", "off___gone", "time___held", "nobody___knows"])
    func `a tool that no scope opens gets the same answer as an unknown tool`(_ tool: String) async throws {
        try await withTokens { agents, _ in
            for (ask, status) in [(Ask.modernCall(tool), 400), (.legacyCall(tool), 200)] {
                let reply = try await agents.expect(status, ask.by("ey.time"))
                #expect(reply.code == -32602)
                #expect(reply.message == "Unknown tool: \(tool)")
                #expect(reply.field("WWW-Authenticate") == nil)
            }
        }
    }

    @Test func `a call of a batch that lacks a scope fails without affecting the others`() async throws {
        try await withTokens { agents, _ in
            let calls = ["rpc___echo", "time___now"].map {
                Ask.message("tools/call", #"{"name":"\#($0)","arguments":{}}"#)
            }
            let ask = Ask.post("[\(calls.joined(separator: ","))]").by("ey.time")
            let reply = try await agents.expect(200, ask)
            #expect(reply.json[0]?["error"]?["code"]?.intValue == 403)
            #expect(reply.json[1]?["result"] != nil)
        }
    }

    struct Credential: Sendable {
        let value: String?
        let status: Int
        let challenge: String?
        let reason: String
    }

    @Test(arguments: [
        Credential(value: nil, status: 401, challenge: "Bearer resource_metadata=\"m\"", reason: "missing"),
        Credential(
            value: "Bearer ey.forged",
            status: 401,
            challenge: "invalid_token",
            reason: "token_signature"
        ),
        Credential(value: "Bearer ey.nobody", status: 401, challenge: "invalid_token", reason: "unknown"),
        Credential(value: "Bearer ey.idle", status: 401, challenge: "invalid_token", reason: "suspended"),
        Credential(value: "Bearer ey.ended", status: 401, challenge: "invalid_token", reason: "expired"),
        Credential(
            value: "Bearer ey.keys",
            status: 401,
            challenge: "invalid_token",
            reason: "token_unknownKey"
        ),
        Credential(
            value: "Bearer \(Keys.unknown)",
            status: 401,
            challenge: "invalid_token",
            reason: "unknown"
        ),
        Credential(
            value: "Bearer \(Keys.revoked)",
            status: 401,
            challenge: "invalid_token",
            reason: "revoked"
        ),
        Credential(value: "Basic ey.time", status: 401, challenge: "invalid_token", reason: "unknown"),
        Credential(
            value: "Bearer " + String(repeating: "e", count: 16_385),
            status: 401,
            challenge: "invalid_token",
            reason: "unknown"
        ),
        Credential(value: "Bearer ey.less", status: 403, challenge: "scope=\"must\"", reason: "scope"),
        Credential(value: "Bearer ey.late", status: 503, challenge: nil, reason: "undecided"),
    ])
    func `each refusal has the same answer in every era and method, and its reason in the metrics`(
        _ row: Credential
    ) async throws {
        try await withTokens { agents, _ in
            let asks: [Ask] = [
                .modernCall("time___now"), .legacyCall("time___now"), .initialize("2025-06-18"),
                .post("[]"), Ask().method("GET"), Ask().method("DELETE"),
            ]
            for ask in asks {
                let reply = try await agents.expect(row.status, ask.with("Authorization", row.value))
                let challenge = reply.field("WWW-Authenticate")
                if let wanted = row.challenge {
                    #expect(challenge?.contains(wanted) == true)
                    #expect((challenge?.contains("error=") == true) == (row.value != nil))
                } else {
                    #expect(challenge == nil && reply.field("Retry-After") == "10")
                }
            }
            let name = #"mcp_gateway_authentication_failures_total{reason="\#(row.reason)"}"#
            #expect(agents.metric(name) == "\(asks.count)")
            #expect(agents.upstream.sent.isEmpty)
            #expect(!agents.log.joined().contains("ey."), "a log must hold no token")
        }
    }

    @Test func `forged tokens count against their address, expired ones don't`() async throws {
        try await withTokens(loginThrottle: LoginThrottle()) { agents, _ in
            for _ in 0..<300 { try await agents.expect(401, Ask.modern("tools/list").by("ey.old")) }
            try await agents.expect(200, Ask.modern("tools/list").by("ey.time"))
            var statuses: Set<Int> = []
            for _ in 0..<300 {
                statuses.insert(try await agents.send(Ask.modern("tools/list").by("ey.forged")).status)
            }
            #expect(statuses == [401, 429])
        }
    }

    @Test func `keys are never passed to the token authority`() async throws {
        try await withTokens { agents, authority in
            try await agents.expect(200, Ask.modern("tools/list"))
            try await agents.expect(401, Ask.modern("tools/list").by(Keys.unknown))
            #expect(authority.judged.isEmpty)
        }
    }

    @Test func `without a token authority, a token is refused like an unknown key`() async throws {
        try await withAgents { agents in
            let reply = try await agents.expect(401, Ask.modern("tools/list").by("ey.time"))
            #expect(reply.field("WWW-Authenticate")?.contains("resource_metadata") == false)
        }
    }

    @Test func `issuer keys are fetched once, and the request goes on with the newest state`() async throws {
        try await withTokens { agents, authority in
            authority.whileFetching = {
                authority.judgements["ey.keys"] = .accepted(("late", Self.grant(0b001)))
                let tenants = [TenantEntry(id: 9, name: "late")]
                agents.publish(
                    Snapshot(
                        version: 2,
                        targets: Sample.targets,
                        tools: Sample.tools,
                        tenants: tenants,
                        keys: [],
                        scopes: Self.scopes
                    )
                )
            }
            let reply = try await agents.expect(200, Ask.modern("tools/list").by("ey.keys"))
            #expect(names(reply).count == 3)
            #expect(authority.fetched == [3])
            #expect(authority.judged.count == 2)
        }
    }

    @Test func `a session belongs to the token's subject, not to the token`() async throws {
        try await withTokens { agents, authority in
            let session = try await agents.session("2025-06-18", key: "ey.time")
            let ping = Ask.legacy("ping").with("Mcp-Session-Id", session)
            try await agents.expect(200, ping.by("ey.time"))
            authority.judgements["ey.renewed"] = .accepted(("acme", Self.grant(0b010)))
            try await agents.expect(200, ping.by("ey.renewed"))
            try await agents.expect(404, ping.by("ey.rpc"))
            try await agents.expect(404, ping)
            let ofKey = try await agents.session("2025-06-18")
            try await agents.expect(404, Ask.legacy("ping").with("Mcp-Session-Id", ofKey).by("ey.time"))
        }
    }
}
