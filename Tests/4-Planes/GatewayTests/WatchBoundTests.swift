import EventLoop
import JSON
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// The bounds of watched resources, their ends, and the records of their polls.
@Suite(.timeLimit(.minutes(1)))
struct WatchBoundTests {
    private static let wiki = "mcp-gateway://wiki/same:x"

    // MARK: Bounds and ends

    @Test func `subscribes beyond the bounds are refused, until something is unsubscribed`() async throws {
        try await WatchedLibrary.with {
            $0.watches.max = 40
            $0.perCredentialMax = 2
        } _: { library in
            let agents = library.agents
            let session = try await agents.session("2025-11-25")
            let sink = try await agents.open(.get(session: session).by(Keys.good))
            for number in 0..<1_000 {
                let reply = try await agents.send(.subscribe("file:///\(number)", session))
                #expect(reply.status == (number < 16 ? 200 : 429))
                guard number == 16 else { continue }
                #expect(reply.code == 429 && reply.field("Retry-After") == "5")
                #expect(reply.json["error"]?["data"]?["metric"] == "resource watches")
                #expect(reply.json["error"]?["data"]?["limit"] == "session")
            }
            try await agents.expect(200, .subscribe("file:///3", session, un: true))
            try await agents.expect(200, .subscribe("file:///999", session))
            let listening = try await library.listen((0..<16).map { "file:///\($0)" })
            let refused = try await agents.expect(429, .watching(["file:///a"]).by(Keys.good))
            #expect(refused.json["error"]?["data"]?["metric"] == "streams")
            listening.disconnect()
            sink.disconnect()
        }
    }

    @Test func `a full gateway refuses a stream's watches with 503, and keeps what is being told`()
        async throws
    {
        try await WatchedLibrary.with {
            $0.watches.max = 3
        } _: { library in
            let first = try await library.listen(["file:///a", "file:///b"])
            let reply = try await library.agents.expect(
                503,
                .watching(["file:///a", "file:///b"]).by(Keys.good)
            )
            #expect(reply.code == 503)
            #expect(reply.json["error"]?["data"]?["reason"] == "resource watches")
            // A session without a stream makes room.
            let session = try await library.agents.session("2025-11-25")
            try await library.agents.expect(200, .subscribe("file:///a", session))
            let second = try await library.listen([Self.wiki])
            first.disconnect()
            second.disconnect()
            #expect(library.bounds.isEmpty)
        }
    }

    @Test func `what a session watches ends with it, and with its key`() async throws {
        let endings = FakeEndings()
        try await WatchedLibrary.with(sessionEnding: endings) { library in
            let agents = library.agents
            endings.add(agents)
            let session = try await agents.session("2025-11-25")
            try await agents.expect(200, .subscribe("file:///a", session))
            let sink = try await agents.open(.get(session: session).by(Keys.good))
            await library.pages.reads(of: "file:///a")
            try await agents.expect(
                204,
                Ask().method("DELETE").with("Content-Type", nil).with("Mcp-Session-Id", session)
            )
            #expect(sink.isEnded && library.bounds.isEmpty)
            #expect(agents.endpoint.streams.poller?.isEmpty == true)
            let modern = try await library.listen(["file:///a"])
            agents.publish(
                Library.snapshot(version: 9, keys: [Keys.entry(1, Keys.good, isRevoked: true)])
            )
            #expect(modern.isEnded && library.bounds.isEmpty)
        }
    }

    // MARK: Records

    @Test(arguments: [true, false])
    func `polls are recorded as reads of the caller, under its own name`(_ isModern: Bool) async throws {
        let kept = KeptCalls()
        try await WatchedLibrary.with(recorder: { CallRecorder(on: $0, for: kept, CallRecorder.Settings()) })
        {
            library in
            let agents = library.agents
            let sink: FakeSink
            if isModern {
                sink = try await agents.open(
                    .watching(["file:///a"]).by(Keys.good).adding("User-Agent", "curl/8")
                )
            } else {
                let session = try await agents.session("2025-11-25")
                try await agents.expect(200, .subscribe("file:///a", session))
                sink = try await agents.open(.get(session: session).by(Keys.good))
            }
            await library.pages.reads(of: "file:///a", more: 3)
            sink.disconnect()
            agents.endpoint.recorder?.handOver()
            let calls = kept.calls
            #expect(calls.count >= 2)
            for call in calls.dropLast() {
                #expect(call.tenant == "acme" && call.tool == "docs/resource:file:///a")
                #expect(call.client == (isModern ? "curl/8 (poll)" : "t 1 (poll)"))
                #expect(call.outcome == .ok)
            }
        }
    }

    @Test(arguments: [true, false])
    func `polls for a token's holder carry its subject, as its reads do`(_ isModern: Bool) async throws {
        let (kept, authority) = (KeptCalls(), FakeAuthority())
        let grant = TokenGrant(scopes: ScopeSet(rawValue: 1), expiresAtMs: .max, subject: 5)
        for (token, subject) in [("ey.first", "u-17"), ("ey.renewed", "u-17")] {
            authority.judgements[token] = .accepted(("acme", grant))
            authority.subjects[token] = subject
        }
        try await WatchedLibrary.with(
            tokens: authority,
            recorder: { CallRecorder(on: $0, for: kept, CallRecorder.Settings()) }
        ) { library in
            let agents = library.agents
            let sink: FakeSink
            if isModern {
                sink = try await library.listen(["file:///a"], by: "ey.renewed")
            } else {
                let session = try await agents.session("2025-11-25", key: "ey.first")
                try await agents.expect(200, .subscribe("file:///a", session).by("ey.first"))
                sink = try await agents.open(.get(session: session).by("ey.renewed"))
            }
            // What counts is the token of the stream, which is the newest.
            authority.subjects["ey.first"] = nil
            await library.pages.reads(of: "file:///a", more: 3)
            sink.disconnect()
            agents.endpoint.recorder?.handOver()
            #expect(kept.calls.count >= 2)
            #expect(kept.calls.allSatisfy { $0.subject == "u-17" && $0.tenant == "acme" })
        }
    }

    @Test func `what a session watches ends when the session is too old`() async throws {
        try await WatchedLibrary.with { library in
            let endpoint = library.agents.endpoint
            let snapshot = endpoint.state.snapshot
            let principal = try snapshot.authenticate(hash: digest(Keys.good), nowMs: library.loop.wallMs)
                .get()
            for (ageMs, count) in [(SessionMark.lifetimeMs, 0), (SessionMark.lifetimeMs - 60_000, 1)] {
                let mark = SessionMark(
                    holderID: snapshot.holderID(of: principal),
                    openedMs: library.loop.wallMs - ageMs,
                    code: SessionCode([UInt8(count)])
                )
                try library.bounds.watch("file:///a", in: mark, PollOrigin(.v20251125, client: ""))
                let opening = try endpoint.streams.open(
                    .legacy(tellsRetry: false),
                    principal,
                    in: snapshot,
                    session: mark,
                    StreamPolling(nil, token: [])
                )
                let sink = FakeSink()
                opening.attach(to: sink)
                #expect(library.bounds.watches(of: mark)?.resources.count ?? 0 == count)
                sink.disconnect()
                library.bounds.endWatches(of: mark)
            }
            #expect(library.bounds.isEmpty)
        }
    }

    @Test func `a batch may subscribe`() async throws {
        try await WatchedLibrary.with { library in
            let session = try await library.agents.session("2025-03-26")
            let messages = [
                Ask.message("resources/subscribe", #"{"uri":"file:///a"}"#),
                Ask.message("resources/unsubscribe", #"{"uri":"file:///a"}"#, id: "2"),
            ]
            let reply = try await library.agents.expect(
                200,
                .batch(messages).with("Mcp-Session-Id", session)
            )
            #expect(reply.json[0]?["result"] == [:] && reply.json[1]?["result"] == [:])
            #expect(library.bounds.isEmpty)
        }
    }
}
