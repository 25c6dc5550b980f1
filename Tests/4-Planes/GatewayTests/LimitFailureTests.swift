import EventLoop
import Gateway
import HTTP
import Policy
import Synchronization
import Locks
import TestSupport
import Testing

/// Wrong keys: limited for each address before they are checked, and reported.
struct LimitFailureTests {
    static let second: UInt64 = 1_000_000_000

    final class Reports: RefusalAudit {
        private let all = Locked<[RefusedAuthentication]>([])
        func refused(_ refusal: RefusedAuthentication) { all.withLock { $0.append(refusal) } }
        var list: [RefusedAuthentication] { all.withLock { $0 } }
    }

    static func request(peer: String, forwarded: [String] = []) throws -> Request {
        var ask = Ask().by(Keys.unknown)
        for value in forwarded { ask = ask.adding("X-Forwarded-For", value) }
        var request = try ask.request()
        request.peer = peer
        return request
    }

    /// Fails once; returns whether the refusal was `.unknown`, and not a 429.
    static func fail(_ throttle: LoginThrottle, _ request: Request, _ nowNs: UInt64) -> Bool {
        !throttle.blocks(request, nowNs: nowNs)
            && throttle.record(.unknown, of: request, nowNs: nowNs, wallMs: 5) == .unknown
    }

    @Test
    func `an address past its failures gets 429 even for valid keys, but 401 without a key`()
        async throws
    {
        let reports = Reports()
        let throttle = LoginThrottle(rate: 1, burst: 3, audit: reports)
        try await withLimitAgents(limited([]), loginThrottle: throttle) { agents in
            try await agents.expect(200, .modern("tools/list"))
            let wrong = Ask.modern("tools/list").by(Keys.unknown)
            for _ in 0..<3 { try await agents.expect(401, wrong) }
            let reply = try await agents.send(wrong)
            #expect(reply.status == 429)
            #expect(reply.field("Retry-After") == "1")
            #expect(reply.field("WWW-Authenticate") == nil)
            try await agents.expect(429, .modern("tools/list"))
            try await agents.expect(401, Ask.modern("tools/list").with("Authorization", nil))
        }
        let list = reports.list
        #expect(list.map(\.reason) == ["unknown", "unknown", "unknown", "limited", "limited"])
        #expect(list.map(\.keyPrefix) == ["good", "good", "good", nil, nil])
        #expect(list.allSatisfy { $0.address == "127.0.0.1" })
    }

    @Test(arguments: [
        (Keys.revoked, "revoked"), (Keys.expired, "expired"), (Keys.suspended, "suspended"),
        ("no-key", "unknown"),
    ])
    func `each refusal is reported with its reason and without the secret`(_ key: String, _ reason: String)
        async throws
    {
        let reports = Reports()
        try await withLimitAgents(limited([]), loginThrottle: LoginThrottle(audit: reports)) { agents in
            try await agents.expect(401, Ask.modern("tools/list").by(key))
        }
        #expect(reports.list.map(\.reason) == [reason])
        #expect(!"\(reports.list)".contains("secret"))
    }

    @Test
    func `uses of formerly valid keys are reported, and don't lock out the address`() async throws {
        let reports = Reports()
        let throttle = LoginThrottle(rate: 1, burst: 1, audit: reports)
        try await withLimitAgents(limited([]), loginThrottle: throttle) { agents in
            for key in [Keys.revoked, Keys.expired, Keys.suspended, Keys.revoked] {
                try await agents.expect(401, Ask.modern("tools/list").by(key))
            }
            try await agents.expect(200, .modern("tools/list"))
        }
        #expect(reports.list.map(\.reason) == ["revoked", "expired", "suspended", "revoked"])
    }

    @Test
    func `an address gets exactly ten tries a second back`() throws {
        let throttle = LoginThrottle(rate: 10, burst: 100)
        let request = try Self.request(peer: "192.0.2.1")
        let start = 100 * Self.second
        for _ in 0..<100 { #expect(Self.fail(throttle, request, start)) }
        #expect(!Self.fail(throttle, request, start))
        #expect(!Self.fail(throttle, request, start + 99_999_999))
        #expect(Self.fail(throttle, request, start + 100_000_000))
        #expect(!Self.fail(throttle, request, start + 100_000_000))
        #expect(!throttle.blocks(try Self.request(peer: "192.0.2.2"), nowNs: start))
    }

    @Test(arguments: [
        (first: "2001:db8:0:1::1", second: "2001:db8:0:1:ffff::2", isSame: true),
        (first: "2001:db8:0:1::1", second: "2001:db8:0:2::1", isSame: false),
        (first: "192.0.2.1", second: "::ffff:192.0.2.1", isSame: true),
        (first: "192.0.2.1", second: "192.0.2.2", isSame: false),
        (first: "::1", second: "127.0.0.1", isSame: false),
        (first: "", second: "unix", isSame: true),
    ])
    func `IPv6 clients are counted by their /64`(_ row: (first: String, second: String, isSame: Bool)) throws
    {
        let throttle = LoginThrottle(rate: 1, burst: 1)
        #expect(Self.fail(throttle, try Self.request(peer: row.first), Self.second))
        #expect(Self.fail(throttle, try Self.request(peer: row.second), Self.second) == !row.isSame)
    }

    struct Forwarded: Sendable {
        let peer: String
        var fields: [String] = []
        let client: String
    }

    @Test(arguments: [
        Forwarded(peer: "10.0.0.1", client: "10.0.0.1"),
        Forwarded(peer: "10.0.0.1", fields: ["192.0.2.7"], client: "192.0.2.7"),
        // Entries that a client writes itself are on the left.
        Forwarded(peer: "10.0.0.1", fields: ["1.1.1.1, 192.0.2.7"], client: "192.0.2.7"),
        Forwarded(peer: "10.0.0.1", fields: ["1.1.1.1,192.0.2.7 , 10.9.9.9"], client: "192.0.2.7"),
        Forwarded(peer: "10.0.0.1", fields: ["1.1.1.1", "192.0.2.7", "10.2.2.2"], client: "192.0.2.7"),
        Forwarded(peer: "10.0.0.1", fields: ["192.0.2.7:4711"], client: "192.0.2.7"),
        Forwarded(peer: "10.0.0.1", fields: ["[2001:db8::7]:4711"], client: "2001:db8::7"),
        Forwarded(peer: "10.0.0.1", fields: ["2001:db8::7"], client: "2001:db8::7"),
        Forwarded(peer: "10.0.0.1", fields: ["192.0.2.7, nonsense"], client: "10.0.0.1"),
        Forwarded(peer: "10.0.0.1", fields: ["192.0.2.7,"], client: "10.0.0.1"),
        Forwarded(peer: "10.0.0.1", fields: [","], client: "10.0.0.1"),
        Forwarded(peer: "10.0.0.1", fields: ["10.0.0.3, 10.0.0.2"], client: "10.0.0.3"),
        Forwarded(peer: "2001:db8:1::1", fields: ["192.0.2.7"], client: "192.0.2.7"),
        // The peer isn't a trusted proxy, so anybody may have written the field.
        Forwarded(peer: "192.0.2.1", fields: ["1.1.1.1"], client: "192.0.2.1"),
        Forwarded(peer: "unix", fields: ["1.1.1.1"], client: "unix"),
    ])
    func `behind a trusted proxy the right-most foreign entry is the client`(_ row: Forwarded) throws {
        let proxies = try ["10.0.0.0/8", "2001:db8:1::/48"].map { try #require(AddressRange($0)) }
        let request = try Self.request(peer: row.peer, forwarded: row.fields)
        #expect(ClientAddress(of: request, trusting: proxies).text == row.client)
        #expect(ClientAddress(of: request, trusting: []).text == row.peer)
    }

    @Test
    func `3,000 random X-Forwarded-For fields are read without a trap`() throws {
        let proxies = try [#require(AddressRange("10.0.0.0/8"))]
        var dice = SystemRandomNumberGenerator()
        let alphabet = Array("0123456789abcdef:.,[]% \tx")
        for _ in 0..<3000 {
            let text = String(
                (0..<Int.random(in: 0...40)).map { _ in alphabet.randomElement(using: &dice) ?? "," }
            )
            let request = try Self.request(peer: "10.0.0.1", forwarded: ["x\(text)", text + "1"])
            #expect(ClientAddress(of: request, trusting: proxies).group > 0)
        }
    }

    @Test
    func `failures from many addresses don't renew the budget of any of them`() throws {
        let throttle = LoginThrottle(rate: 1, burst: 2)
        let now = 50 * Self.second
        let requests = try (0..<20_000).map {
            try Self.request(peer: "10.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255)")
        }
        var counted = 0
        for _ in 0..<5 {
            for request in requests where Self.fail(throttle, request, now) { counted += 1 }
        }
        // 4,096 places with two failures each, and the shared failures of 512 sets: at most (burst - 1) · 10 + 1 in
        // each.
        #expect(counted <= 4096 * 2 + 512 * 11)
        // Those with a place still have their own budget only, whatever came after.
        #expect(!Self.fail(throttle, requests[0], now))
        // When all tries are back, everything is free again.
        #expect(Self.fail(throttle, requests[0], now + 20 * Self.second))
    }

    @Test
    func `eight threads count an address's failures exactly`() async throws {
        let throttle = LoginThrottle(rate: 1, burst: 5000)
        let request = try Self.request(peer: "192.0.2.1")
        let counted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<2000).reduce(0) { count, _ in
                        count + (Self.fail(throttle, request, 9 * Self.second) ? 1 : 0)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(counted == 5000)
    }
}
