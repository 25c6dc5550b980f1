import Gateway
import JSON
import Policy
import Telemetry
import Testing

/// Limits as a caller sees them.
struct LimitTests {
    static let now = "time___now"
    static let modernCall = Ask.modernCall(now)
    static let legacyCall = Ask.legacyCall(now)

    struct Row: Sendable {
        let scope: LimitEntry.Scope
        let word: String
    }

    static let scopes = [
        Row(scope: .tenant(0), word: "tenant"), Row(scope: .key(0), word: "key"),
        Row(scope: .target(0), word: "target"),
        Row(scope: .tenantTarget(tenant: 0, target: 0), word: "tenant-target"),
        Row(scope: .tenantTool(tenant: 0, tool: now), word: "tenant-tool"),
    ]

    @Test(arguments: scopes, [modernCall, legacyCall])
    func `a call past a rate gets 429 with the time to wait, in every scope and era`(_ row: Row, _ ask: Ask)
        async throws
    {
        try await withLimitAgents(limited([LimitEntry(id: 1, scope: row.scope, rate: hourly(2))])) { agents in
            for _ in 0..<2 { try await agents.expect(200, ask) }
            let reply = try await agents.send(ask)
            #expect(reply.status == 429)
            #expect(reply.code == 429)
            #expect(reply.json["id"] == 1)
            let data = try #require(reply.json["error"]?["data"])
            #expect(data["limit"]?.stringValue == row.word)
            #expect(data["metric"]?.stringValue == "calls per hour")
            let waitMs = try #require(data["retryAfterMs"]?.intValue)
            #expect((3_500_000...3_600_000).contains(waitMs))
            #expect(reply.field("Retry-After") == "\((waitMs + 999) / 1000)")
            #expect(reply.field("X-RateLimit-Limit") == "1")
            #expect(reply.field("X-RateLimit-Remaining") == "0")
            let reset = try #require(reply.field("X-RateLimit-Reset").flatMap { Int($0) })
            #expect((7100...7200).contains(reset))
            #expect(reply.message?.contains("calls per hour for this \(row.word)") == true)
            #expect(agents.upstream.sent.count == 2)
            #expect(agents.calls(.limited) == 1)
            #expect(agents.calls(.ok) == 2)
        }
    }

    @Test
    func `a quota refuses until the next day`() async throws {
        try await withLimitAgents(limited([LimitEntry(id: 1, scope: .tenant(0), dayQuota: 1, monthQuota: 5)]))
        { agents in
            try await agents.expect(200, Self.modernCall)
            let reply = try await agents.send(Self.modernCall)
            #expect(reply.status == 429)
            #expect(reply.json["error"]?["data"]?["metric"]?.stringValue == "calls per day")
            #expect(reply.field("X-RateLimit-Limit") == "1")
            let wait = try #require(reply.field("Retry-After").flatMap { Int($0) })
            #expect((1...86_400).contains(wait))
            #expect(reply.field("X-RateLimit-Reset") == "\(wait)")
        }
    }

    @Test
    func `inside a batch the HTTP status stays 200`() async throws {
        try await withLimitAgents(limited([LimitEntry(id: 1, scope: .tenant(0), rate: hourly(2))])) {
            agents in
            let call = #"{"name":"time___now","arguments":{}}"#
            let messages =
                (1...4).map { Ask.message("tools/call", call, id: "\($0)") } + [Ask.message("ping", id: "5")]
            let reply = try await agents.send(.post("[\(messages.joined(separator: ","))]"))
            #expect(reply.status == 200)
            #expect(reply.field("Retry-After") == nil)
            let codes = try #require(reply.json.arrayValue).map { $0["error"]?["code"]?.intValue }
            #expect(codes == [nil, nil, 429, 429, nil])
        }
    }

    @Test
    func `a narrower limit doesn't affect other tools, keys and tenants`() async throws {
        let limits = [
            LimitEntry(id: 1, scope: .tenantTool(tenant: 0, tool: Self.now), rate: hourly(1)),
            LimitEntry(id: 2, scope: .tenantTarget(tenant: 0, target: 1), rate: hourly(1)),
            LimitEntry(id: 3, scope: .key(1), rate: hourly(1)),
            LimitEntry(id: 4, scope: .tenant(1), rate: hourly(1)),
            LimitEntry(id: 5, scope: .tenantTool(tenant: 0, tool: "no___tool"), rate: hourly(1)),
        ]
        try await withLimitAgents(limited(limits)) { agents in
            try await agents.expect(200, Self.modernCall)
            try await agents.expect(429, Self.modernCall)
            for _ in 0..<3 { try await agents.expect(200, .modernCall("time___list")) }
            try await agents.expect(200, .modernCall("rpc___echo"))
            try await agents.expect(429, .modernCall("rpc___echo"))
            let other = Ask.modernCall("time___list").by(Keys.other)
            try await agents.expect(200, other)
            let refused = try await agents.send(other)
            #expect(refused.json["error"]?["data"]?["limit"]?.stringValue == "key")
            try await agents.expect(200, .modernCall("time___list"))
        }
    }

    @Test
    func `a call of an unknown tool takes no permit, and isn't affected by a used up limit`()
        async throws
    {
        try await withLimitAgents(limited([LimitEntry(id: 1, scope: .tenant(0), rate: hourly(1))])) {
            agents in
            let before = try await agents.send(.modernCall("time___absent"))
            #expect(before.code == -32602)
            try await agents.expect(200, Self.modernCall)
            try await agents.expect(429, Self.modernCall)
            #expect(try await agents.send(.modernCall("time___absent")) == before)
            #expect(try await agents.send(.modernCall("time___held")).code == -32602)
        }
    }

    @Test
    func `limits of calls don't apply to other requests`() async throws {
        let limits = Self.scopes.enumerated().map { LimitEntry(id: Int64($0), scope: $1.scope, dayQuota: 0) }
        try await withLimitAgents(limited(limits)) { agents in
            try await agents.expect(429, Self.modernCall)
            for ask in [
                Ask.initialize("2025-06-18"), .legacy("ping"), .legacy("tools/list"), .modern("tools/list"),
                .modern("server/discover"),
            ] {
                for _ in 0..<20 {
                    try await agents.expect(200, ask)
                }
            }
            let opened = try await agents.send(Ask().method("GET"))
            #expect(opened.status != 429)
            try await agents.expect(202, .legacy("notifications/initialized", id: nil))
        }
    }

    @Test(arguments: [
        Ask.initialize("2025-06-18"), .legacy("ping"), .modern("tools/list"), .modern("server/discover"),
        .post("{"),
        .legacy("notifications/initialized", id: nil), Ask().method("GET"), Ask().method("DELETE"),
        .post("[\(Ask.message("notifications/x", id: nil))]"),
    ])
    func `other requests have their own limit, which doesn't apply to calls`(_ ask: Ask) async throws {
        try await withLimitAgents(limited([]), requests: (1, 3)) { agents in
            for _ in 0..<3 { #expect(try await agents.send(ask).status != 429) }
            let reply = try await agents.send(ask)
            #expect(reply.status == 429)
            #expect(reply.code == 429)
            #expect(reply.field("Retry-After") == "1")
            #expect(reply.json["error"]?["data"]?["limit"]?.stringValue == "key")
            #expect(reply.json["error"]?["data"]?["metric"]?.stringValue == "requests per second")
            try await agents.expect(200, Self.modernCall)
            try await agents.expect(200, Self.legacyCall)
            try await agents.expect(200, Ask.legacy("ping").by(Keys.other))
        }
    }

    @Test
    func `in a batch each request other than a call counts`() async throws {
        try await withLimitAgents(limited([]), requests: (1, 3)) { agents in
            let messages = (1...5).map { Ask.message("ping", id: "\($0)") }
            let reply = try await agents.send(.post("[\(messages.joined(separator: ","))]"))
            #expect(reply.status == 200)
            let codes = try #require(reply.json.arrayValue).map { $0["error"]?["code"]?.intValue }
            #expect(codes == [nil, nil, nil, 429, 429])
        }
    }

    @Test
    func `counts are kept when the snapshot or the limit's figures change`() async throws {
        let limit = LimitEntry(id: 7, scope: .tenant(0), rate: hourly(3), dayQuota: 10)
        try await withLimitAgents(limited([limit]), requests: (1, 2)) { agents in
            for _ in 0..<3 { try await agents.expect(200, Self.modernCall) }
            for _ in 0..<2 { try await agents.expect(200, .legacy("ping")) }
            agents.publish(
                limited([LimitEntry(id: 3, scope: .target(2), rate: hourly(1)), limit], version: 2)
            )
            try await agents.expect(429, Self.modernCall)
            try await agents.expect(429, .legacy("ping"))
            var wider = limit
            wider.rate = hourly(5)
            agents.publish(limited([wider], version: 3))
            for status in [200, 200, 429] { try await agents.expect(status, Self.modernCall) }
            wider.rate = nil
            wider.dayQuota = 6
            agents.publish(limited([wider], version: 4))
            for status in [200, 429] { try await agents.expect(status, Self.modernCall) }
            agents.publish(limited([], version: 5))
            try await agents.expect(200, Self.modernCall)
            agents.publish(limited([limit], version: 6))
            try await agents.expect(200, Self.modernCall)
        }
    }
}
