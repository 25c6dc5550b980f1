import EventLoop
import Gateway
import HTTP
import JSON
import Policy
import TestSupport
import Testing

/// The checks before the message is read: source, credential, method.
struct AdmissionTests {
    struct Credential: Sendable {
        let value: String?
        let reason: String
        var isPresented = true
    }

    @Test(arguments: [
        Credential(value: nil, reason: "missing", isPresented: false),
        Credential(value: "Bearer \(Keys.unknown)", reason: "unknown"),
        Credential(value: "Bearer \(Keys.good) ", reason: ""),
        Credential(value: "Bearer \(Keys.good)x", reason: "unknown"),
        Credential(value: "Bearer \(Keys.good),\(Keys.good)", reason: "unknown"),
        Credential(value: "Bearer", reason: "unknown"),
        Credential(value: "Bearer ", reason: "unknown"),
        Credential(value: "Basic bWd3OmdhdGU=", reason: "unknown"),
        Credential(value: Keys.good, reason: "unknown"),
        Credential(value: "Bearer" + Keys.good, reason: "unknown"),
        Credential(value: "Bearer " + String(repeating: "k", count: 512), reason: "unknown"),
        Credential(value: "Bearer " + String(repeating: "k", count: 513), reason: "unknown"),
        Credential(value: "Bearer " + String(repeating: "k", count: 20_000), reason: "unknown"),
        Credential(value: "Bearer \(Keys.revoked)", reason: "revoked"),
        Credential(value: "Bearer \(Keys.expired)", reason: "expired"),
        Credential(value: "Bearer \(Keys.suspended)", reason: "suspended"),
        Credential(value: "bearer \(Keys.good)", reason: ""),
        Credential(value: "BEARER   \(Keys.good)", reason: ""),
    ])
    func `every request without a valid key gets 401, in every era and with every method`(_ row: Credential)
        async throws
    {
        try await withAgents { agents in
            let asks: [Ask] = [
                .modernCall("time___now"), .legacyCall("time___now"), .initialize("2025-06-18"),
                .post("not JSON"), .post("[]"), Ask().method("GET"), Ask().method("DELETE"),
                Ask().method("PUT"),
            ]
            for ask in asks {
                let reply = try await agents.send(ask.with("Authorization", row.value))
                guard !row.reason.isEmpty else {
                    #expect(reply.status != 401)
                    continue
                }
                #expect(reply.status == 401)
                let challenge = try #require(reply.field("WWW-Authenticate"))
                #expect(challenge.hasPrefix("Bearer "))
                #expect(challenge.contains("error=\"invalid_token\"") == row.isPresented)
                #expect(!reply.body.contains(Keys.good))
            }
            guard !row.reason.isEmpty else { return }
            #expect(agents.upstream.sent.isEmpty)
            let name = #"mcp_gateway_authentication_failures_total{reason="\#(row.reason)"}"#
            #expect(agents.metric(name) == "\(asks.count)")
            #expect(!agents.log.joined().contains("secret"), "a log must hold no key")
        }
    }

    @Test func `a request with two Authorization fields gets 401, even if one key is valid`() async throws {
        try await withAgents { agents in
            for key in [Keys.unknown, Keys.good] {
                let ask = Ask.modernCall("time___now").adding("authorization", "Bearer \(key)")
                try await agents.expect(401, ask)
            }
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test func `a key works until its expiry and not from that millisecond on`() async throws {
        try await withLoop { loop in
            let now = loop.wallMs
            let keys = [
                Keys.entry(1, Keys.good, expiresAtMs: now + 60_000),
                Keys.entry(2, Keys.other, expiresAtMs: now),
            ]
            let agents = Agents(loop, Sample.snapshot(keys: keys))
            try await agents.expect(200, .modern("tools/list"))
            try await agents.expect(401, .modern("tools/list").by(Keys.other))
        }
    }

    struct Source: Sendable {
        var hosts: [String] = []
        var origins: [String] = []
        let host: String
        var origin: String?
        let isAllowed: Bool
    }

    @Test(arguments: [
        Source(host: "localhost", isAllowed: true),
        Source(host: "LocalHost:3000", isAllowed: true),
        Source(host: "localhost:65535", isAllowed: true),
        Source(host: "localhost:", isAllowed: true),
        Source(host: "127.0.0.1", isAllowed: true),
        Source(host: "127.0.0.1:1", isAllowed: true),
        Source(host: "[::1]", isAllowed: true),
        Source(host: "[::1]:3000", isAllowed: true),
        Source(host: "[fe80::1]:3000", isAllowed: true),
        Source(host: "192.168.7.4:3000", isAllowed: true),
        Source(host: "localhost.evil.example", isAllowed: false),
        Source(host: "evil.example", isAllowed: false),
        Source(host: "evil.example:3000", isAllowed: false),
        Source(host: "127.0.0.1.evil.example", isAllowed: false),
        Source(host: "1.2.3.4.5", isAllowed: false),
        Source(host: "1.2.3", isAllowed: false),
        Source(host: "localhos", isAllowed: false),
        Source(hosts: ["gw.example"], host: "GW.example:443", isAllowed: true),
        Source(hosts: ["GW.Example"], host: "gw.example", isAllowed: true),
        Source(hosts: ["gw.example"], host: "localhost", isAllowed: false),
        Source(hosts: ["gw.example"], host: "a.gw.example", isAllowed: false),
        Source(hosts: ["*"], host: "anything.example", isAllowed: true),
        Source(host: "localhost", origin: "http://localhost:3000", isAllowed: false),
        Source(hosts: ["gw.example:8443"], host: "gw.example:8443", isAllowed: true),
        Source(hosts: ["gw.example:8443"], host: "gw.example:8444", isAllowed: false),
        Source(hosts: ["gw.example:8443"], host: "gw.example", isAllowed: false),
        Source(host: "localhost", origin: "null", isAllowed: false),
        Source(
            origins: ["https://app.example"],
            host: "localhost",
            origin: "https://app.example",
            isAllowed: true
        ),
        Source(
            origins: ["https://app.example"],
            host: "localhost",
            origin: "HTTPS://App.Example",
            isAllowed: true
        ),
        Source(
            origins: ["https://app.example"],
            host: "localhost",
            origin: "https://app.example:8443",
            isAllowed: false
        ),
        Source(
            origins: ["https://app.example"],
            host: "localhost",
            origin: "https://app.example.evil",
            isAllowed: false
        ),
        Source(
            origins: ["https://app.example"],
            host: "localhost",
            origin: "http://app.example",
            isAllowed: false
        ),
        Source(origins: ["*"], host: "localhost", origin: "https://any.example", isAllowed: true),
        Source(origins: ["*"], host: "evil.example", origin: "https://any.example", isAllowed: false),
    ])
    func `Host and Origin are checked before the credential`(_ row: Source) async throws {
        let hosts = row.hosts.isEmpty ? SourceCheck.loopbackHosts : row.hosts
        try await withAgents(hosts: hosts, origins: row.origins) { agents in
            for key in [Keys.good, Keys.unknown] {
                for ask in [Ask.modern("tools/list"), Ask().method("GET"), Ask().method("DELETE")] {
                    let reply = try await agents.send(
                        ask.by(key).with("Host", row.host).with("Origin", row.origin)
                    )
                    #expect((reply.status == 403) == !row.isAllowed)
                    if !row.isAllowed { #expect(reply.json["id"] == nil) }
                }
            }
        }
    }

    @Test func `a second Origin is checked like the first`() async throws {
        try await withAgents(origins: ["https://app.example"]) { agents in
            let ask = Ask.modern("tools/list").adding("Origin", "https://app.example")
            try await agents.expect(200, ask)
            try await agents.expect(403, ask.adding("origin", "https://evil.example"))
        }
    }

    @Test(arguments: ["HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "post"])
    func `other methods get 405 with the allowed methods in Allow`(_ method: String) async throws {
        try await withAgents { agents in
            let reply = try await agents.send(Ask().method(method))
            #expect(reply.status == 405)
            #expect(reply.field("Allow") == "GET, POST")
        }
    }

    @Test(arguments: ["GET", "DELETE"])
    func `a modern client that sends GET or DELETE gets 405 with Allow: POST`(_ method: String) async throws {
        try await withAgents { agents in
            let session = try await agents.session("2025-06-18")
            let ask = Ask().method(method).with("MCP-Protocol-Version", "2026-07-28")
                .with("Mcp-Session-Id", session)
            let reply = try await agents.send(ask)
            #expect(reply.status == 405)
            #expect(reply.field("Allow") == "POST")
        }
    }

    @Test func `where sessions can't be ended, DELETE gets 405 and the session stays valid`() async throws {
        try await withAgents { agents in
            let session = try await agents.session("2025-06-18")
            let delete = Ask().method("DELETE")
            for ask in [
                delete, delete.with("Mcp-Session-Id", session), delete.with("Mcp-Session-Id", "nonsense"),
                delete.with("Mcp-Session-Id", session).by(Keys.other),
            ] {
                let reply = try await agents.expect(405, ask)
                #expect(reply.field("Allow") == "GET, POST")
            }
            #expect(agents.metric(#"mcp_gateway_requests_total{kind="method",status="405"}"#) == "4")
            try await agents.expect(200, .legacy("ping").with("Mcp-Session-Id", session))
        }
    }

    @Test func `of a flood of refusals each is counted, and at most 20 are logged`() async throws {
        try await withAgents { agents in
            let request = try Ask.modern("tools/list").with("Host", "evil.example").request()
            for _ in 0..<200 { _ = await agents.endpoint.answer(request, cancellation: nil) }
            #expect(agents.metric(#"mcp_gateway_requests_total{kind="source",status="403"}"#) == "200")
            let loud = agents.log.filter { $0.hasPrefix("info") }.count
            #expect((1...20).contains(loud))
        }
    }
}
