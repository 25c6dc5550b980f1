import EventLoop
import Gateway
import HTTP
import JSON
import Policy
import TestSupport
import Testing

/// DELETE, which ends a legacy session.
struct SessionEndTests {
    private static func delete(_ session: String?) -> Ask {
        Ask().method("DELETE").with("Content-Type", nil).with("Mcp-Session-Id", session)
    }

    private static func get(_ session: String) -> Ask {
        Ask().method("GET").with("Accept", "text/event-stream").with("Mcp-Session-Id", session)
    }

    private static func withEnding(
        _ outcome: SessionEndOutcome = .ended,
        _ body: @escaping @Sendable (Agents, FakeEndings) async throws -> Void
    ) async throws {
        try await withLoop { loop in
            let endings = FakeEndings(outcome)
            let agents = Agents(loop, Sample.snapshot(), sessionEnding: endings)
            endings.add(agents)
            try await body(agents, endings)
        }
    }

    @Test(arguments: ["2025-03-26", "2025-06-18", "2025-11-25"])
    func `after DELETE each request with the session's id gets 404, and other sessions go on`(
        _ version: String
    ) async throws {
        try await Self.withEnding { agents, _ in
            let session = try await agents.session(version)
            let other = try await agents.session(version)
            let reply = try await agents.expect(204, Self.delete(session))
            #expect(reply.body.isEmpty)
            let asks: [Ask] = [
                .legacy("ping"), .legacy("tools/list"), .legacyCall("time___now", version: version),
                .legacy("notifications/initialized", id: nil), .post("[\(Ask.message("ping"))]"),
                Self.get(""), Self.delete(""),
            ]
            for ask in asks {
                let ended = try await agents.expect(404, ask.with("Mcp-Session-Id", session))
                #expect(ended.code == -32600)
                #expect(ended.message == "The session is unknown or has ended; initialize again.")
            }
            #expect(agents.upstream.sent.isEmpty)
            try await agents.expect(200, .legacy("ping").with("Mcp-Session-Id", other))
            try await agents.expect(200, .legacy("ping"))
            #expect(agents.metric(#"mcp_gateway_requests_total{kind="session",status="204"}"#) == "1")
        }
    }

    @Test func `a batch calls nothing more once its session has ended`() async throws {
        try await Self.withEnding { agents, _ in
            agents.upstream.holds = true
            let session = try await agents.session("2025-03-26")
            let params = #"{"name":"time___now","arguments":{}}"#
            let calls = ["1", "2"].map { Ask.message("tools/call", params, id: $0) }
            let batch = Ask.post("[\(calls.joined(separator: ","))]").with("Mcp-Session-Id", session)
            let answer = try await CancelTests.begin(batch, at: agents)
            try await agents.expect(204, Self.delete(session))
            for held in agents.upstream.held { held.answer() }
            let reply = try await answer.value
            #expect(agents.upstream.sent.count == 1)
            #expect(reply.body.contains("The session was ended while the batch was answered."))
        }
    }

    @Test func `what isn't the caller's own living session can't be ended`() async throws {
        try await Self.withEnding { agents, endings in
            let session = try await agents.session("2025-11-25")
            let delete = Self.delete(session)
            let rows: [(Ask, Int)] = [
                (Self.delete(nil), 400), (Self.delete(""), 404), (Self.delete("nonsense"), 404),
                (Self.delete(session + "A"), 404), (delete.by(Keys.other), 404),
                (delete.by(Keys.unknown), 401),
                (delete.with("MCP-Protocol-Version", "2026-07-28"), 405),
                (delete.with("MCP-Protocol-Version", "2019-01-01"), 400),
                (delete.with("Host", "evil.example"), 403),
            ]
            for (ask, status) in rows { try await agents.expect(status, ask) }
            #expect(endings.asked == 0)
            try await agents.expect(200, .legacy("ping").with("Mcp-Session-Id", session))
            try await agents.expect(204, delete.with("MCP-Protocol-Version", "2025-11-25"))
        }
    }

    @Test(arguments: [(SessionEndOutcome.full, 429, "3600"), (.unavailable, 503, "5")])
    func `a session that can't be ended goes on, and its client is told when to try again`(
        _ outcome: SessionEndOutcome,
        _ status: Int,
        _ seconds: String
    ) async throws {
        try await Self.withEnding(outcome) { agents, _ in
            let session = try await agents.session("2025-11-25")
            let reply = try await agents.expect(status, Self.delete(session))
            #expect(reply.field("Retry-After") == seconds && reply.message != nil)
            try await agents.expect(200, .legacy("ping").with("Mcp-Session-Id", session))
        }
    }

    @Test func `a session that ends on one loop has ended on all when DELETE is answered`() async throws {
        try await withLoop { first in
            let endings = FakeEndings()
            let here = Agents(first, Sample.snapshot(), sessionEnding: endings)
            endings.add(here)
            let session = try await here.session("2025-11-25")
            try await withLoop { second in
                let there = Agents(second, Sample.snapshot(), sessionEnding: endings)
                endings.add(there)
                let ping = Ask.legacy("ping").with("Mcp-Session-Id", session)
                try await there.expect(200, ping)
                try await there.expect(204, Self.delete(session))
                try await there.expect(404, ping)
                try await first.run { _ = try await here.expect(404, ping) }
            }
        }
    }

    @Test func `the streams of an ended session end, and others stay open`() async throws {
        try await Self.withEnding { agents, _ in
            let session = try await agents.session("2025-11-25")
            let other = try await agents.session("2025-11-25")
            let ended = try await agents.open(Self.get(session))
            let open = try await agents.open(Self.get(other))
            try await agents.expect(204, Self.delete(session))
            #expect(ended.isEnded && !open.isEnded)
            try await agents.expect(404, Self.get(session))
        }
    }

    @Test func `a modern request isn't concerned`() async throws {
        try await Self.withEnding { agents, _ in
            let session = try await agents.session("2025-11-25")
            try await agents.expect(204, Self.delete(session))
            try await agents.expect(200, .modernCall("time___now").with("Mcp-Session-Id", session))
        }
    }

    @Test func `a flood of DELETEs counts against the limit of requests`() async throws {
        try await Self.withEnding { agents, endings in
            agents.settings.requestBurst = 10
            agents.settings.requestRate = 1
            let session = try await agents.session("2025-11-25")
            agents.publish(Sample.snapshot(version: 2))
            var statuses: [Int] = []
            for _ in 0..<30 { statuses.append(try await agents.send(Self.delete(session)).status) }
            #expect(statuses.first == 204 && statuses.last == 429 && endings.asked == 1)
        }
    }

    @Test func `Allow names DELETE`() async throws {
        try await Self.withEnding { agents, _ in
            let reply = try await agents.send(Ask().method("PUT"))
            #expect(reply.status == 405 && reply.field("Allow") == "DELETE, GET, POST")
        }
    }
}
