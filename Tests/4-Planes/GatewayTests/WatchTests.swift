import EventLoop
import JSON
import Policy
import TestSupport
import Testing

@testable import Gateway

/// Clients that wait for changes of single resources, in both eras. The time between polls is so short that each test waits for
/// reads or notifications, never for a time.
@Suite(.timeLimit(.minutes(1)))
struct WatchTests {
    private static let wiki = "mcp-gateway://wiki/same:x"

    // MARK: What is offered

    @Test func `subscriptions are offered only where resources are polled, to callers that see resources`()
        async throws
    {
        @Sendable func offers(_ agents: Agents, _ key: String) async throws -> [JSONValue?] {
            let discovered = try await agents.expect(200, Ask.modern("server/discover").by(key))
            let initialized = try await agents.expect(200, Ask.initialize("2025-11-25").by(key))
            return [discovered, initialized].map { $0.result["capabilities"]?["resources"] }
        }
        try await WatchedLibrary.with { library in
            let both: JSONValue = ["subscribe": true, "listChanged": true]
            let (wide, narrow) = (
                try await offers(library.agents, Keys.good), try await offers(library.agents, Keys.narrow)
            )
            #expect(wide == [both, both] && narrow == [nil, nil])
        }
        try await withAgents(Library.snapshot()) { agents in
            let changing: JSONValue = ["listChanged": true]
            let offered = try await offers(agents, Keys.good)
            #expect(offered == [changing, changing])
            let session = try await agents.session("2025-11-25")
            for isUn in [false, true] {
                let reply = try await agents.expect(200, .subscribe("file:///a", session, un: isUn))
                #expect(reply.code == -32601)
            }
            let sink = try await agents.open(.watching(["file:///a"]).by(Keys.good))
            #expect(sink.messages[0]["params"]?["notifications"] == [:])
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    private static let refusals: [(ask: Ask, status: Int, code: Int)] = [
        (.subscribe("nothing:here", ""), 200, -32002), (.subscribe("same:held", ""), 200, -32002),
        (.subscribe("same:x", ""), 200, -32002), (.subscribe("file:///a", nil), 200, -32602),
        (.subscribe("file:///a", nil, un: true), 200, -32602),
        (.subscribe("file:///a", "nonsense"), 404, -32600),
        (.legacy("resources/subscribe", "{}").with("Mcp-Session-Id", ""), 200, -32602),
        (.legacy("resources/unsubscribe", #"{"uri":7}"#).with("Mcp-Session-Id", ""), 200, -32602),
        (.modern("resources/subscribe", #""uri":"file:///a""#), 404, -32601),
        (.modern("resources/unsubscribe", #""uri":"file:///a""#), 404, -32601),
        (.watching((0..<17).map { "file:///\($0)" }), 400, -32602),
        (.listen(#""notifications":{"resourceSubscriptions":["file:///a",7]}"#), 400, -32602),
    ]

    @Test(arguments: refusals)
    func `what can't be watched is refused, as a read of it is`(_ row: (ask: Ask, status: Int, code: Int))
        async throws
    {
        try await WatchedLibrary.with { library in
            var ask = row.ask.by(Keys.good)
            // An empty id stands for that of a session.
            if ask.fields.contains(where: { $0.name == "Mcp-Session-Id" && $0.value.isEmpty }) {
                ask = ask.with("Mcp-Session-Id", try await library.agents.session("2025-11-25"))
            }
            let reply = try await library.agents.expect(row.status, ask)
            #expect(reply.code == row.code)
            if row.code == -32002 {
                #expect(reply.message?.hasPrefix("Unknown resource: ") == true)
                #expect(reply.json["error"]?["data"]?["uri"] != nil)
            }
            #expect(library.bounds.isEmpty && library.agents.upstream.sent.isEmpty)
        }
    }

    // MARK: Changes

    @Test func `a subscription is told of changes of the resources that its caller may read`() async throws {
        try await WatchedLibrary.with { library in
            let sink = try await library.listen([
                "file:///a", "same:held", "nothing:here", "file:///a", "file:///../b", Self.wiki,
            ])
            let honoured = sink.messages[0]["params"]?["notifications"]
            #expect(honoured == ["resourceSubscriptions": ["file:///a", .string(Self.wiki)]])
            await library.pages.reads(of: "file:///a")
            await library.pages.reads(of: "same:x")
            #expect(sink.messages.count == 1)
            library.pages.texts["same:x"] = "four"
            #expect(await sink.updates(1) == [Self.wiki])
            let subscription = sink.messages[1]["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"]
            #expect(subscription == 7)
            library.pages.texts["file:///a"] = "five"
            #expect(await sink.updates(2) == [Self.wiki, "file:///a"])
            await library.pages.reads(of: "file:///a")
            #expect(sink.messages.count == 3)
            #expect(library.agents.metric("mcp_gateway_stream_notifications_total") == "2")
            #expect(library.agents.metric(#"mcp_gateway_resource_polls_total{result="changed"}"#) == "2")
            #expect(library.agents.metric(#"mcp_gateway_resource_polls_total{result="same"}"#) != nil)
            sink.disconnect()
            #expect(library.bounds.isEmpty && library.agents.endpoint.streams.poller?.isEmpty == true)
        }
    }

    @Test func `a session is told on its stream, whatever came first, until it unsubscribes`() async throws {
        try await WatchedLibrary.with { library in
            let agents = library.agents
            let session = try await agents.session("2025-11-25")
            let reply = try await agents.expect(200, .subscribe("file:///a", session))
            #expect(reply.result == [:])
            let sink = try await agents.open(.get(session: session).by(Keys.good))
            await library.pages.reads(of: "file:///a")
            library.pages.texts["file:///a"] = "changed"
            #expect(await sink.updates(1) == ["file:///a"])
            #expect(
                sink.messages[0] == [
                    "jsonrpc": "2.0", "method": .string(WatchedLibrary.updated),
                    "params": ["uri": "file:///a"],
                ]
            )
            try await agents.expect(200, .subscribe(Self.wiki, session))
            await library.pages.reads(of: "same:x")
            library.pages.texts["same:x"] = "changed too"
            #expect(await sink.updates(2) == ["file:///a", Self.wiki])
            for uri in ["file:///a", "file:///a", "nothing:here"] {
                let gone = try await agents.expect(200, .subscribe(uri, session, un: true))
                #expect(gone.result == [:])
            }
            await library.pages.reads(of: "same:x", more: 1)
            let before = library.pages.reads["file:///a"]
            await library.pages.reads(of: "same:x", more: 3)
            #expect(library.pages.reads["file:///a"] == before)
            sink.disconnect()
            try await agents.expect(200, .subscribe(Self.wiki, session, un: true))
            #expect(library.bounds.isEmpty)
        }
    }

    @Test func `a session may subscribe on one loop and listen on another`() async throws {
        try await WatchedLibrary.with { library in
            let other = library.another()
            let session = try await library.agents.session("2025-11-25")
            let sink = try await other.open(.get(session: session).by(Keys.good))
            try await library.agents.expect(200, .subscribe("file:///a", session))
            await library.pages.reads(of: "file:///a")
            #expect(library.agents.upstream.sent.isEmpty && !other.upstream.sent.isEmpty)
            library.pages.texts["file:///a"] = "changed"
            #expect(await sink.updates(1) == ["file:///a"])
            sink.disconnect()
            #expect(other.endpoint.streams.poller?.isEmpty == true)
        }
    }

    @Test func `only the newest stream of a session polls, and a change between two streams is told`()
        async throws
    {
        try await WatchedLibrary.with { library in
            let agents = library.agents
            let session = try await agents.session("2025-11-25")
            try await agents.expect(200, .subscribe("file:///a", session))
            let old = try await agents.open(.get(session: session).by(Keys.good))
            await library.pages.reads(of: "file:///a")
            let new = try await library.another().open(.get(session: session).by(Keys.good))
            library.pages.texts["file:///a"] = "changed"
            #expect(await new.updates(1) == ["file:///a"])
            #expect(old.updates.isEmpty)
            new.disconnect()
            library.pages.texts["file:///a"] = "changed again"
            #expect(await old.updates(1) == ["file:///a"])
            old.disconnect()
            library.pages.texts["file:///a"] = "changed while nobody listened"
            let late = try await agents.open(.get(session: session).by(Keys.good))
            #expect(await late.updates(1) == ["file:///a"])
        }
    }

    @Test func `any number of changes while a client doesn't read cause one notification, and no polls`()
        async throws
    {
        try await WatchedLibrary.with { library in
            let clock = try await library.listen([Self.wiki])
            let sink = try await library.listen(["file:///a"])
            await library.pages.reads(of: "file:///a")
            sink.hasRoom = false
            library.pages.texts["file:///a"] = "changed"
            // Polls go on until there is something to say.
            await library.pages.reads(of: "file:///a", more: 1)
            await library.pages.reads(of: "same:x", more: 2)
            let before = library.pages.reads["file:///a"]
            library.pages.texts["file:///a"] = "changed again"
            await library.pages.reads(of: "same:x", more: 5)
            #expect(library.pages.reads["file:///a"] == before)
            #expect(sink.updates.isEmpty)
            sink.hasRoom = true
            #expect(sink.updates == ["file:///a"])
            #expect(await sink.updates(2) == ["file:///a", "file:///a"])
            #expect(clock.updates.isEmpty)
        }
    }

    @Test func `a function that changes at each poll costs one notification each, and none after the end`()
        async throws
    {
        try await WatchedLibrary.with { library in
            library.pages.alwaysChange = true
            let sink = try await library.listen(["file:///a", "file:///b"])
            #expect(await sink.updates(6).count >= 6)
            #expect(sink.updates.count <= library.pages.readCount - 2)
            sink.disconnect()
            let before = library.pages.readCount
            let other = try await library.listen([Self.wiki])
            await library.pages.reads(of: "same:x", more: 4)
            #expect(library.pages.reads["same:x"] == library.pages.readCount - before)
            other.disconnect()
            #expect(library.bounds.isEmpty)
        }
    }

    // MARK: Refusals and failures

    @Test func `a function that hangs is given up, asked ever more rarely, and changes nothing`() async throws
    {
        try await WatchedLibrary.with {
            $0.watches.pollTimeout = .milliseconds(10)
        } _: { library in
            let upstream = library.agents.upstream
            let sink = try await library.listen(["file:///a"])
            await library.pages.reads(of: "file:///a")
            upstream.holds = true
            let asked = upstream.sent.count
            // Others' polls go on meanwhile.
            let other = library.another()
            let clock = try await other.open(.watching([Self.wiki]).by(Keys.good))
            while upstream.sent.count < asked + 3 { await library.pages.reads(of: "same:x", more: 1) }
            #expect(upstream.cancellations.dropFirst(asked).dropLast().allSatisfy { $0?.isCancelled == true })
            #expect(sink.messages.count == 1 && clock.messages.count == 1)
            #expect(library.agents.log.contains { $0.contains("a call failed") } == false)
            upstream.holds = false
            library.pages.texts["file:///a"] = "changed"
            #expect(await sink.updates(1) == ["file:///a"])
        }
    }

    @Test func `a stream that ends cancels its polls under way`() async throws {
        try await WatchedLibrary.with { library in
            let upstream = library.agents.upstream
            upstream.holds = true
            let sink = try await library.listen(["file:///a", "file:///b", Self.wiki])
            let clock = try await library.another().open(.watching([Self.wiki]).by(Keys.good))
            while upstream.sent.count < 2 { await library.pages.reads(of: "same:x", more: 1) }
            // Two of one tenant at once.
            await library.pages.reads(of: "same:x", more: 3)
            #expect(upstream.sent.count == 2)
            sink.drain()
            #expect(sink.isEnded)
            #expect(upstream.cancellations.allSatisfy { $0?.isCancelled == true })
            #expect(library.agents.endpoint.streams.poller?.isEmpty == true)
            clock.disconnect()
            #expect(library.bounds.isEmpty)
        }
    }

    @Test func `a resource that the caller may not read any more isn't read, and is news when it may again`()
        async throws
    {
        try await WatchedLibrary.with { library in
            let sink = try await library.listen(["file:///a"])
            let clock = try await library.another().open(.watching([Self.wiki]).by(Keys.good))
            await library.pages.reads(of: "file:///a")
            let narrowed = [Keys.entry(1, Keys.good, allow: ["wiki___*"])]
            library.agents.publish(Library.snapshot(version: 2, keys: narrowed))
            let before = library.pages.reads["file:///a"]
            library.pages.texts["file:///a"] = "secret"
            await library.pages.reads(of: "same:x", more: 5)
            #expect(library.pages.reads["file:///a"] == before)
            #expect(sink.messages.count == 1 && clock.messages.count == 1)
            library.agents.publish(Library.snapshot(version: 3))
            #expect(await sink.updates(1) == ["file:///a"])
        }
    }

    @Test func `what was hidden on one stream of a session is news on the next`() async throws {
        try await WatchedLibrary.with { library in
            let session = try await library.agents.session("2025-11-25")
            try await library.agents.expect(200, .subscribe("file:///a", session))
            let clock = try await library.another().open(.watching([Self.wiki]).by(Keys.good))
            let first = try await library.agents.open(.get(session: session).by(Keys.good))
            await library.pages.reads(of: "file:///a")
            let narrowed = [Keys.entry(1, Keys.good, allow: ["wiki___*"])]
            library.agents.publish(Library.snapshot(version: 2, keys: narrowed))
            await library.pages.reads(of: "same:x", more: 5)
            first.disconnect()
            library.agents.publish(Library.snapshot(version: 3))
            let second = try await library.agents.open(.get(session: session).by(Keys.good))
            #expect(await second.updates(1) == ["file:///a"])
            #expect(first.updates.isEmpty && clock.messages.count == 1)
        }
    }

    @Test func `a caller whose limit is used up hears nothing of what it couldn't read`() async throws {
        let limit = LimitEntry(id: 1, scope: .tenant(0), dayQuota: 2)
        try await WatchedLibrary.with(Library.snapshot(limits: [limit])) { library in
            let sink = try await library.listen(["file:///a"])
            let clock = try await library.another().open(.watching([Self.wiki]).by(Keys.good))
            await library.pages.reads(of: "file:///a")
            library.pages.texts["file:///a"] = "changed"
            await library.pages.reads(of: "same:x", more: 8)
            #expect(library.pages.reads["file:///a"] == 2 && sink.messages.count == 1)
            #expect(!clock.isClosed)
            let read = try await library.agents.expect(429, .read("file:///a", isModern: true))
            #expect(read.code == 429)
        }
    }

    // MARK: Several callers

    @Test func `two tenants that watch one URI are told of their own contents alone`() async throws {
        let snapshot = Snapshot(
            version: 1,
            targets: Library.targets,
            tools: Library.entries,
            tenants: [
                TenantEntry(id: 1, name: "acme", lambdaTenantID: "a"),
                TenantEntry(id: 2, name: "beta", lambdaTenantID: "b"),
            ],
            keys: [Keys.entry(1, Keys.good), Keys.entry(2, Keys.other, tenant: 1)],
            seed: 7
        )
        try await WatchedLibrary.with(snapshot) { library in
            library.pages.ofTenant = ["acme": ["file:///a": "A"], "beta": ["file:///a": "B"]]
            let acme = try await library.listen(["file:///a"])
            let beta = try await library.listen(["file:///a"], by: Keys.other)
            await library.pages.reads(of: "file:///a", more: 6)
            library.pages.ofTenant["beta"] = ["file:///a": "B2"]
            #expect(await beta.updates(1) == ["file:///a"])
            await library.pages.reads(of: "file:///a", more: 6)
            #expect(acme.updates.isEmpty && beta.updates.count == 1)
            let tenants = Set(library.agents.upstream.sent.map(\.tenant))
            #expect(tenants == ["acme", "beta"])
        }
    }

    @Test func `nobody changes what another's session watches`() async throws {
        let keys = [Keys.entry(1, Keys.good), Keys.entry(2, Keys.other)]
        try await WatchedLibrary.with(Library.snapshot(keys: keys)) { library in
            let agents = library.agents
            let session = try await agents.session("2025-11-25")
            let second = try await agents.session("2025-11-25")
            try await agents.expect(200, .subscribe("file:///a", session))
            for ask in [Ask.subscribe("file:///a", session, un: true), .subscribe(Self.wiki, session)] {
                try await agents.expect(404, ask.by(Keys.other))
            }
            try await agents.expect(200, .subscribe("file:///a", second, un: true))
            let sink = try await agents.open(.get(session: session).by(Keys.good))
            await library.pages.reads(of: "file:///a")
            #expect(library.pages.reads["same:x"] == nil)
            library.pages.texts["file:///a"] = "changed"
            #expect(await sink.updates(1) == ["file:///a"])
        }
    }
}
