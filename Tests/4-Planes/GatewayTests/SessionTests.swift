import EventLoop
import Gateway
import HTTP
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// Legacy sessions: the handshake, and which requests their ids are valid for.
struct SessionTests {
    static let hour: Int64 = 3_600_000

    @Test(arguments: [
        ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"), ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("2999-01-01", "2025-11-25"),
        ("", "2025-11-25"), ("x\\u0000y", "2025-11-25"), ("2025\\u002d06-18", "2025-06-18"),
    ])
    func `the handshake answers with the requested version, or the latest legacy version`(
        _ asked: String,
        _ answered: String
    ) async throws {
        try await withAgents { agents in
            let reply = try await agents.expect(200, .initialize(asked))
            #expect(reply.result["protocolVersion"]?.stringValue == answered)
            #expect(reply.result["serverInfo"] == (["name": "gateway", "version": "1.2"] as JSONValue))
            #expect(
                reply.result["capabilities"]
                    == (["tools": ["listChanged": true], "logging": [:]] as JSONValue)
            )
            #expect(reply.result["instructions"]?.stringValue == "Be kind.")
            #expect(reply.result["resultType"] == nil)
            let session = try #require(reply.field("Mcp-Session-Id"))
            #expect(session.utf8.allSatisfy { $0 > 32 && $0 < 127 })
            try await agents.expect(
                202,
                .legacy("notifications/initialized", id: nil).with("Mcp-Session-Id", session)
            )
            try await agents.expect(200, .legacy("ping").with("Mcp-Session-Id", session))
        }
    }

    @Test func `two handshakes give two sessions`() async throws {
        try await withAgents { agents in
            let first = try await agents.session("2025-06-18")
            let second = try await agents.session("2025-06-18")
            #expect(first != second)
        }
    }

    @Test func `a session belongs to the key that opened it, and use by another key gets 404`() async throws {
        try await withAgents { agents in
            let session = try await agents.session("2025-03-26")
            let asks: [Ask] = [
                .legacy("ping"), .legacyCall("time___now", version: "2025-03-26"),
                .legacy("notifications/initialized", id: nil), .post("[\(Ask.message("ping"))]"),
            ]
            for ask in asks {
                let reply = try await agents.expect(404, ask.with("Mcp-Session-Id", session).by(Keys.other))
                #expect(reply.code == -32600)
            }
            #expect(agents.upstream.sent.isEmpty)
            try await agents.expect(200, asks[0].with("Mcp-Session-Id", session))
        }
    }

    @Test func `an id with any character changed, cut or added gets 404`() async throws {
        try await withAgents { agents in
            let session = Array(try await agents.session("2025-06-18"))
            var wrong = [
                "", " ", "x", String(session.dropLast()), String(session.dropFirst()), "=" + session,
            ]
            wrong.append(String(session) + "A")
            wrong.append(String(repeating: "A", count: 56))
            wrong.append(String(repeating: "x", count: 10_000))
            for index in session.indices {
                var changed = session
                changed[index] = changed[index] == "A" ? "B" : "A"
                wrong.append(String(changed))
            }
            for id in wrong {
                try await agents.expect(404, .legacy("ping").with("Mcp-Session-Id", id))
                let stream = Ask().method("GET").with("Accept", "text/event-stream")
                try await agents.expect(404, stream.with("Mcp-Session-Id", id))
            }
        }
    }

    @Test func `a session works after a restart and on every replica, but not with another secret`()
        async throws
    {
        try await withLoop { loop in
            let session = try await Agents(loop, Sample.snapshot()).session("2025-06-18")
            let again = Agents(loop, Sample.snapshot(version: 9))
            try await again.expect(200, .legacy("ping").with("Mcp-Session-Id", session))
            let stranger = Agents(loop, Sample.snapshot(), secret: [UInt8](repeating: 8, count: 32))
            try await stranger.expect(404, .legacy("ping").with("Mcp-Session-Id", session))
        }
    }

    @Test func `an id is valid for thirty days, and a replica's clock may be up to five minutes behind`() {
        let ids = SessionIDs(secret: Agents.secret)
        let id = Array(ids.mint(SessionIDs.Session(version: .v20250618), holderID: 7, nowMs: 0).utf8)
        let day = 24 * Self.hour
        let opened = [-300_000, -299_999, 0, 30 * day - 1, 30 * day, .max].map {
            ids.open(id.span, holderID: 7, nowMs: $0)?.version
        }
        #expect(opened == [nil, .v20250618, .v20250618, .v20250618, nil, nil])
        for holderID in [6, 8, 0, -7, Int64.min] {
            #expect(ids.open(id.span, holderID: holderID, nowMs: 0) == nil)
        }
    }

    @Test(arguments: ProtocolVersion.allCases.filter { !$0.isModern })
    func `an id carries its version`(_ version: ProtocolVersion) {
        let ids = SessionIDs(secret: Agents.secret)
        let id = Array(ids.mint(SessionIDs.Session(version: version), holderID: .max, nowMs: 1).utf8)
        #expect(ids.open(id.span, holderID: .max, nowMs: 1)?.version == version)
    }

    @Test func `each id ends with the process that made it, whatever its client can be asked`() {
        let (mine, other) = (ProcessMark(), ProcessMark())
        let ids = SessionIDs(secret: Agents.secret, process: mine)
        for capabilities in [InputCapabilities(), .form] {
            let session = SessionIDs.Session(version: .v20251125, capabilities: capabilities)
            let id = ids.mint(session, holderID: 3, nowMs: 1)
            #expect(id.hasSuffix(".p\(mine)"))
            let elsewhere = SessionIDs(secret: Agents.secret, process: other)
            #expect(elsewhere.open(id.utf8.span, holderID: 3, nowMs: 1)?.capabilities == capabilities)
            let moved = id.replacing("\(mine)", with: "\(other)")
            #expect(ids.open(moved.utf8.span, holderID: 3, nowMs: 1) == nil, "the end is signed")
        }
    }

    @Test(arguments: ["", "t 1", "é", String(repeating: "x", count: 64)])
    func `an id carries the client's name`(_ client: String) {
        let ids = SessionIDs(secret: Agents.secret)
        let session = SessionIDs.Session(version: .v20251125, client: client)
        let id = Array(ids.mint(session, holderID: 3, nowMs: 1).utf8)
        let opened = ids.open(id.span, holderID: 3, nowMs: 1)
        #expect(opened?.version == session.version && opened?.client == session.client)
        #expect(opened?.mark?.holderID == 3 && opened?.mark?.openedMs == 1)
        #expect(
            id.count == (47 + client.utf8.count) * 4 / 3 + ((47 + client.utf8.count) % 3 == 0 ? 0 : 1) + 10
        )
        for index in id.indices {
            var other = id
            other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(ids.open(other.span, holderID: 3, nowMs: 1) == nil)
        }
    }

    /// The id was made by version 0.1.0, with the secret of these tests.
    @Test func `an id made by an older server is still valid`() {
        let ids = SessionIDs(secret: Agents.secret)
        let id = Array("AQIAAAAAAAAABwAAAAAAAAAAAAECAwQFBgcLvVGeyL8ft28vT6omGmyY".utf8)
        let opened = ids.open(id.span, holderID: 7, nowMs: 0)
        #expect(opened?.version == .v20250618 && opened?.client == "")
    }

    @Test func `the session's version decides, not the header's`() async throws {
        try await withAgents { agents in
            let session = try await agents.session("2025-03-26")
            let ask = Ask.legacy("tools/list", version: "2025-11-25").with("Mcp-Session-Id", session)
            let tools = try await agents.expect(200, ask).result["tools"]?.arrayValue ?? []
            #expect(tools.count == Sample.visible.count)
            #expect(tools.allSatisfy { $0["title"] == nil })
        }
    }

    @Test func `a modern request's session id is ignored`() async throws {
        try await withAgents { agents in
            try await agents.expect(200, .modern("tools/list").with("Mcp-Session-Id", "nonsense"))
        }
    }
}
