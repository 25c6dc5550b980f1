import Bytes
import EventLoop
import Gateway
import HTTP
import JSON
import Policy
import TestSupport
import Testing

/// Two tenants that wait for changes. Each sees the target that it is subscribed to.
enum Shop {
    static let acme = "mgw_acme_secret"
    static let beta = "mgw_beta_secret"

    static func snapshot(
        _ version: Int64,
        acme: Bool = true,
        beta: Bool = true,
        tools: [String] = ["buy", "look"],
        acmeState: TenantEntry.State = .active,
        isRevoked: Bool = false,
        keys: [KeyEntry]? = nil,
        subscriptionEndsAtMs: Int64? = nil
    ) -> Snapshot {
        let targets = ["alpha", "bravo"].enumerated().map { index, name in
            TargetEntry(
                id: Int64(index + 1),
                name: name,
                function: name,
                approval: .required,
                pinsDefinitions: false
            )
        }
        let entries = [0, 1].flatMap { target in
            tools.map { name in
                let definition = #"{"name":"\#(name)","inputSchema":{"type":"object"}}"#
                return ToolEntry(
                    exposedName: "\(targets[target].name)___\(name)",
                    name: name,
                    target: target,
                    definition: Array(definition.utf8),
                    sha256: digest("\(target)" + definition),
                    state: .active
                )
            }
        }
        var subscriptions: [SubscriptionEntry] = []
        if acme {
            subscriptions.append(
                SubscriptionEntry(id: 1, tenant: 0, target: 0, expiresAtMs: subscriptionEndsAtMs)
            )
        }
        if beta { subscriptions.append(SubscriptionEntry(id: 2, tenant: 1, target: 1)) }
        return Snapshot(
            version: version,
            targets: targets,
            tools: entries,
            tenants: [
                TenantEntry(id: 1, name: "acme", state: acmeState), TenantEntry(id: 2, name: "beta"),
            ],
            keys: keys
                ?? [
                    Keys.entry(1, Self.acme, isRevoked: isRevoked), Keys.entry(2, Self.beta, tenant: 1),
                ],
            subscriptions: subscriptions,
            seed: 7
        )
    }
}

extension Ask {
    static let tools = #""notifications":{"toolsListChanged":true}"#

    static func listen(_ params: String = Ask.tools, id: String = "1") -> Ask {
        modern("subscriptions/listen", params, id: id).by(Shop.acme)
    }

    static func get(session: String? = nil) -> Ask {
        Ask().method("GET").with("Accept", "text/event-stream").with("Content-Type", nil)
            .with("Mcp-Session-Id", session).by(Shop.acme)
    }
}

/// Waiting for changes, in both eras, as the client at the other end sees it.
@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    private static let changed = "notifications/tools/list_changed"
    private static let acknowledged = "notifications/subscriptions/acknowledged"

    // MARK: Opening

    @Test(arguments: ["1", "-7", "0", #""listen-1""#, #""1""#, #""é\u0041""#])
    func `a subscription begins with its acknowledgement, under the request's own id`(_ id: String)
        async throws
    {
        try await withAgents(Shop.snapshot(1)) { agents in
            let sink = try await agents.open(.listen(id: id))
            let message = try #require(sink.messages.first)
            #expect(sink.messages.count == 1)
            #expect(message["method"]?.stringValue == Self.acknowledged)
            #expect(message["params"]?["notifications"] == (["toolsListChanged": true] as JSONValue))
            let subscription = message["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"]
            #expect(try subscription == JSONValue(parsing: id))
            #expect(agents.metric("mcp_gateway_streams") == "1")
            #expect(agents.metric(#"mcp_gateway_requests_total{kind="modern",status="200"}"#) == "1")
        }
    }

    @Test(arguments: [
        (#"{"toolsListChanged":true,"promptsListChanged":false}"#, true),
        (#"{"resourceSubscriptions":["a:b"],"taskIds":["7"]}"#, false),
        (#"{"toolsListChanged":false}"#, false), (#"{"toolsListChanged":null}"#, false), ("{}", false),
    ])
    func `only requested and supported notifications are acknowledged and sent`(
        _ filter: String,
        _ isHonoured: Bool
    ) async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            let sink = try await agents.open(.listen(#""notifications":\#(filter)"#))
            let honoured = sink.messages.first?["params"]?["notifications"]
            #expect(honoured == (isHonoured ? ["toolsListChanged": true] : [:] as JSONValue))
            agents.publish(Shop.snapshot(2, tools: ["buy"]))
            #expect(sink.methods == [Self.acknowledged] + (isHonoured ? [Self.changed] : []))
        }
    }

    private static let refusals: [(Ask, Int)] = [
        (Ask.listen().with("Accept", "application/json"), 406),
        (Ask.listen(""), 400), (Ask.listen(#""notifications":[]"#), 400),
        (Ask.listen(#""notifications":null"#), 400),
        (Ask.listen(#""notifications":{"toolsListChanged":1}"#), 400),
        (Ask.listen(#""notifications":{"promptsListChanged":"yes"}"#), 400),
        (Ask.listen(#""notifications":{"resourcesListChanged":[]}"#), 400),
        (Ask.listen(#""notifications":{"resourceSubscriptions":{}}"#), 400),
        (Ask.listen(#""notifications":{"toolsListChanged":true,"tools\u004cistChanged":false}"#), 400),
        (Ask.listen(id: "\"" + String(repeating: "x", count: 256) + "\""), 400),
        (Ask.listen().with("Mcp-Method", nil), 400), (Ask.listen().with("Authorization", nil), 401),
        (Ask.listen().by(Keys.unknown), 401), (Ask.listen().with("Origin", "https://evil.example"), 403),
        (Ask.legacy("subscriptions/listen", #"{"notifications":{}}"#).by(Shop.acme), 200),
        (Ask.get().with("Accept", "application/json"), 406),
        (Ask.get().with("Accept", "text/event-stream;q=0"), 406),
        (Ask.get().with("MCP-Protocol-Version", "2026-07-28"), 405),
        (Ask.get().with("MCP-Protocol-Version", "2001-01-01"), 400),
        (Ask.get(session: "nonsense"), 404), (Ask.get().with("Authorization", nil), 401),
        (Ask.get().by(Keys.unknown), 401), (Ask.get().with("Host", "evil.example"), 403),
    ]

    @Test(arguments: refusals)
    func `an invalid request opens no stream`(_ ask: Ask, _ status: Int) async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            let reply = try await agents.expect(status, ask)
            if status == 200 { #expect(reply.code == -32601) }
            #expect(reply.contentType != "text/event-stream")
            #expect(agents.metric("mcp_gateway_streams") == "0")
        }
    }

    @Test(arguments: [nil, "2025-03-26", "2025-06-18", "2025-11-25"])
    func `a GET opens a stream, with or without a session, but not with another key's session`(
        _ version: String?
    )
        async throws
    {
        try await withAgents(Shop.snapshot(1)) { agents in
            var session: String?
            if let version { session = try await agents.session(version, key: Shop.acme) }
            let ask = Ask.get(session: session).with("MCP-Protocol-Version", version)
            let reply = try await agents.expect(200, ask)
            #expect(reply.contentType == "text/event-stream")
            #expect(reply.field("Cache-Control") == "no-store")
            #expect(reply.field("X-Accel-Buffering") == "no")
            let sink = try await agents.open(ask)
            // Only revisions that allow events without data get the time to reconnect after.
            #expect(sink.pieces == (version == "2025-11-25" ? ["retry: 5000\n\n"] : []))
            agents.publish(Shop.snapshot(2, tools: ["buy"]))
            #expect(sink.messages == [["jsonrpc": "2.0", "method": .string(Self.changed)]])
            if session != nil { try await agents.expect(404, ask.by(Shop.beta)) }
        }
    }

    // MARK: Changes

    @Test(arguments: [Ask.listen(), .get()])
    func `a client is told once of a change of its own list, and not of other lists`(_ ask: Ask)
        async throws
    {
        try await withAgents(Shop.snapshot(1, beta: false)) { agents in
            let mine = try await agents.open(ask)
            let other = try await agents.open(ask.by(Shop.beta))
            let start = mine.methods
            agents.publish(Shop.snapshot(2, beta: true))
            #expect(mine.methods == start)
            #expect(other.methods == start + [Self.changed])
            agents.publish(Shop.snapshot(3, acme: false, beta: true))
            #expect(mine.methods == start + [Self.changed])
            // The same list again, in a newer state.
            agents.publish(Shop.snapshot(4, acme: false, beta: true))
            #expect(mine.methods == start + [Self.changed])
            #expect(other.methods == start + [Self.changed])
            #expect(agents.metric("mcp_gateway_stream_notifications_total") == "2")
        }
    }

    @Test func `the end of a subscription by the clock is notified without a new state`() async throws {
        try await withAgents { agents in
            let endMs = WallClock.nowMs() + 150
            agents.publish(Shop.snapshot(2, subscriptionEndsAtMs: endMs))
            let sink = try await agents.open(.get())
            _ = await sink.pieces(1)
            let late = WallClock.nowMs() - endMs
            #expect((0..<500).contains(late), "\(late) ms")
            #expect(sink.methods == [Self.changed])
        }
    }

    @Test(arguments: [Ask.listen(), .get()])
    func `any number of changes while a client doesn't read cause one notification`(_ ask: Ask) async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            let sink = try await agents.open(ask)
            let start = sink.methods
            sink.hasRoom = false
            for version in 2...101 {
                agents.publish(Shop.snapshot(Int64(version), tools: version % 2 == 0 ? ["buy"] : ["look"]))
            }
            #expect(sink.methods == start)
            #expect(sink.refused == 100)
            sink.hasRoom = true
            #expect(sink.methods == start + [Self.changed])
            sink.hasRoom = true
            #expect(sink.methods == start + [Self.changed])
        }
    }

    @Test func `a delayed acknowledgement still comes before any notification`() async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            let sink = FakeSink()
            sink.hasRoom = false
            try await agents.open(.listen(), sink)
            agents.publish(Shop.snapshot(2, tools: []))
            sink.hasRoom = true
            #expect(sink.methods == [Self.acknowledged, Self.changed])
            let never = FakeSink()
            never.hasRoom = false
            try await agents.open(.listen(), never)
            never.drain()
            #expect(never.methods == [Self.acknowledged, "result"])
        }
    }

    @Test func `of several streams of one session, only the newest gets notifications`() async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            let session = try await agents.session("2025-11-25", key: Shop.acme)
            let old = try await agents.open(.get(session: session))
            let new = try await agents.open(.get(session: session))
            let loose = try await agents.open(.get())
            agents.publish(Shop.snapshot(2, tools: ["buy"]))
            #expect([old, new, loose].map(\.messages.count) == [0, 1, 1])
            new.disconnect()
            agents.publish(Shop.snapshot(3, tools: ["look"]))
            #expect([old, new, loose].map(\.messages.count) == [1, 1, 2])
        }
    }

    @Test func `a silent stream gets comments`() async throws {
        try await withLoop { loop in
            var settings = StreamBounds.Settings()
            settings.keepAlive = .milliseconds(10)
            let agents = Agents(loop, Shop.snapshot(1), bounds: StreamBounds(settings))
            let sink = try await agents.open(.get())
            #expect(await sink.pieces(3) == [":\n\n", ":\n\n", ":\n\n"])
            sink.disconnect()
            #expect(agents.metric("mcp_gateway_streams") == "0")
        }
    }

    // MARK: Ends

    @Test(arguments: ["revoked", "suspended", "gone", "expired"])
    func `a stream ends when its credential does, in the way of its era`(_ how: String) async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            let modern = try await agents.open(.listen(id: #""s""#))
            let legacy = try await agents.open(.get())
            let other = try await agents.open(.listen().by(Shop.beta))
            let next =
                switch how {
                case "revoked": Shop.snapshot(2, isRevoked: true)
                case "suspended": Shop.snapshot(2, acmeState: .suspended)
                case "gone": Shop.snapshot(2, keys: [Keys.entry(2, Shop.beta, tenant: 1)])
                default:
                    Shop.snapshot(
                        2,
                        keys: [
                            Keys.entry(1, Shop.acme, expiresAtMs: WallClock.nowMs() + 100),
                            Keys.entry(2, Shop.beta, tenant: 1),
                        ]
                    )
                }
            agents.publish(next)
            _ = await modern.pieces(.max)
            _ = await legacy.pieces(.max)
            #expect(modern.methods == [Self.acknowledged, "result"])
            let result = try #require(modern.messages.last)
            #expect(result["id"]?.stringValue == "s")
            #expect(result["result"]?["resultType"]?.stringValue == "complete")
            let meta = result["result"]?["_meta"]
            #expect(meta?["io.modelcontextprotocol/subscriptionId"]?.stringValue == "s")
            #expect(meta?["io.modelcontextprotocol/serverInfo"]?["name"]?.stringValue == "gateway")
            #expect(legacy.pieces.isEmpty && legacy.isEnded)
            #expect(!other.isClosed && other.methods == [Self.acknowledged])
            #expect(agents.metric("mcp_gateway_streams") == "1")
            try await agents.expect(401, .get())
        }
    }

    @Test func `a drain ends each stream gracefully, also one that opens during the drain`() async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            let (modern, legacy) = (try await agents.open(.listen()), try await agents.open(.get()))
            modern.drain()
            legacy.drain()
            #expect(modern.methods == [Self.acknowledged, "result"] && modern.isEnded)
            #expect(legacy.pieces.isEmpty && legacy.isEnded)
            let late = FakeSink()
            late.drain()
            try await agents.open(.listen(), late)
            #expect(late.methods == [Self.acknowledged, "result"] && late.isEnded)
            #expect(agents.metric("mcp_gateway_streams") == "0")
        }
    }

    @Test func `a client that goes away frees its stream and place, even before the stream has begun`()
        async throws
    {
        try await withLoop { loop in
            let bounds = StreamBounds()
            let agents = Agents(loop, Shop.snapshot(1), bounds: bounds)
            weak var seen: FakeSink?
            do {
                let sink = try await agents.open(.listen())
                seen = sink
                sink.disconnect()
                sink.disconnect()
                agents.publish(Shop.snapshot(2, tools: []))
                #expect(sink.methods == [Self.acknowledged])
            }
            #expect(seen == nil)
            let gone = FakeSink()
            gone.disconnect()
            try await agents.open(.get(), gone)
            #expect(gone.pieces.isEmpty)
            // A stream that was granted and never begun.
            try await agents.expect(200, .get())
            #expect(bounds.isEmpty)
            #expect(agents.metric("mcp_gateway_streams") == "0")
        }
    }

    // MARK: Bounds

    @Test func `a key's 65th stream is refused, in both eras, until another has ended`() async throws {
        try await withAgents(Shop.snapshot(1)) { agents in
            var sinks: [FakeSink] = []
            for number in 0..<64 { sinks.append(try await agents.open(number % 2 == 0 ? .listen() : .get())) }
            for ask in [Ask.listen(id: "9"), .get()] {
                let reply = try await agents.expect(429, ask)
                #expect(reply.code == 429)
                #expect(reply.json["error"]?["data"]?["metric"]?.stringValue == "streams")
                #expect(reply.field("Retry-After") == "5")
            }
            // The bound is this key's own; calls and lists go on.
            try await agents.open(.listen().by(Shop.beta))
            try await agents.expect(200, Ask.modern("tools/list").by(Shop.acme))
            sinks[3].disconnect()
            try await agents.open(.get())
            try await agents.expect(429, .get())
        }
    }

    @Test func `the bound of all streams together holds across loops`() async throws {
        try await withLoop { loop in
            var settings = StreamBounds.Settings()
            settings.max = 3
            let bounds = StreamBounds(settings)
            let agents = (0..<2).map { _ in Agents(loop, Shop.snapshot(1), bounds: bounds) }
            let first = try await agents[0].open(.get())
            try await agents[1].open(.get())
            try await agents[1].open(.listen().by(Shop.beta))
            let reply = try await agents[0].expect(503, .get())
            #expect(reply.code == 503)
            #expect(reply.json["error"]?["data"]?["reason"]?.stringValue == "streams")
            #expect(reply.field("Retry-After") == "5")
            first.disconnect()
            try await agents[1].open(.get().by(Shop.beta))
        }
    }
}
