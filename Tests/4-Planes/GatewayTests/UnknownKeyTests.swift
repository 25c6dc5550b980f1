import Calendar
import EventLoop
import Gateway
import HTTP
import Policy
import Synchronization
import TestSupport
import Testing

/// Keys that the state in force doesn't know: the store is read again before they are refused.
struct UnknownKeyTests {
    /// Publishes what a test sets when it is asked to look.
    final class FakeLook: StateLook, @unchecked Sendable {  // one loop's thread only
        var found: () -> Void = {}
        private(set) var count = 0

        func look() async {
            count += 1
            await Task.yield()
            found()
        }
    }

    private static func with(
        _ snapshot: Snapshot = Sample.snapshot(),
        loginThrottle: LoginThrottle = LoginThrottle(burst: 1_000_000),
        _ body: @escaping @Sendable (Agents, FakeLook) async throws -> Void
    ) async throws {
        try await withLoop { loop in
            let look = FakeLook()
            try await body(Agents(loop, snapshot, stateLook: look, loginThrottle: loginThrottle), look)
        }
    }

    private static let asks: [Ask] = [
        .modern("tools/list"), .legacy("tools/list"), .modern("ping"),
    ]

    @Test(arguments: asks)
    func `a key that was just issued works, and no failure is counted`(_ ask: Ask)
        async throws
    {
        let reports = LimitFailureTests.Reports()
        let throttle = LoginThrottle(rate: 1, burst: 1, audit: reports)
        try await Self.with(Sample.snapshot(keys: []), loginThrottle: throttle) { agents, look in
            look.found = { agents.publish(Sample.snapshot(version: 2)) }
            let reply = try await agents.send(ask.by(Keys.good))
            #expect(reply.status != 401 && reply.status != 429)
            #expect(look.count == 1)
            // A known key needs no look.
            _ = try await agents.send(ask.by(Keys.other))
            #expect(look.count == 1)
        }
        #expect(reports.list.isEmpty)
    }

    @Test(arguments: [Keys.revoked, Keys.expired, Keys.suspended, Keys.unknown])
    func `an invalid key is refused after one look at the store, and counted once`(_ key: String) async throws
    {
        let reports = LimitFailureTests.Reports()
        let throttle = LoginThrottle(rate: 1, burst: 9, audit: reports)
        try await Self.with(loginThrottle: throttle) { agents, look in
            try await agents.expect(401, Ask.modern("tools/list").by(key))
            #expect(look.count == 1)
        }
        #expect(reports.list.count == 1)
    }

    @Test func `a look at the store can make a revoked key valid and a valid key invalid`() async throws {
        try await Self.with { agents, look in
            look.found = {
                agents.publish(Sample.snapshot(version: 2, keys: [Keys.entry(4, Keys.revoked)]))
            }
            try await agents.expect(200, Ask.modern("tools/list").by(Keys.revoked))
            // And the other way round: the state that the look found stays in force.
            look.found = {}
            try await agents.expect(401, Ask.modern("tools/list").by(Keys.good))
        }
    }

    @Test func `a request without a possible key causes no look at the store`() async throws {
        try await Self.with { agents, look in
            try await agents.expect(401, Ask.modern("tools/list").with("Authorization", nil))
            try await agents.expect(401, Ask.modern("tools/list").with("Authorization", "Basic eDp5"))
            try await agents.expect(401, Ask.modern("tools/list").by(String(repeating: "k", count: 600)))
            #expect(look.count == 0)
        }
    }

    @Test func `an address past its failures causes no more looks at the store`() async throws {
        try await Self.with(loginThrottle: LoginThrottle(rate: 1, burst: 2)) { agents, look in
            for _ in 0..<2 { try await agents.expect(401, Ask.modern("tools/list").by(Keys.unknown)) }
            for _ in 0..<20 { try await agents.expect(429, Ask.modern("tools/list").by(Keys.unknown)) }
            #expect(look.count <= 3)
        }
    }

    // MARK: Sharing

    /// Counts looks.
    private final class Gate: Sendable {
        let begun = Locked(0)

        func look() async { begun.withLock { $0 += 1 } }
    }

    @Test func `concurrent requests share a look at the store`() async throws {
        try await withLoop { loop in
            let gate = Gate()
            let shared = SharedLook(on: loop) { await gate.look() }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<500 { group.addTask { await shared.look() } }
            }
            let looks = gate.begun.withLock { $0 }
            #expect(looks >= 1 && looks == shared.count)
            #expect(looks < 100)
        }
    }

    @Test func `looks at the store are at least ten milliseconds apart`() async throws {
        try await withLoop { loop in
            let times = Locked<[UInt64]>([])
            let shared = SharedLook(on: loop) { times.withLock { $0.append(EventLoop.currentNs) } }
            for _ in 0..<12 { await shared.look() }
            let all = times.withLock { $0 }
            #expect(all.count == 12)
            // Measured from the first to the last, because a late look doesn't make the next one earlier.
            #expect(all[11] - all[0] >= 11 * SharedLook.interval.nanoseconds - 10_000_000)
        }
    }

    @Test func `past the bound of waiting requests, a look returns at once`() async throws {
        try await withLoop { loop in
            let (held, release) = AsyncStream<Void>.makeStream()
            let shared = SharedLook(on: loop) {
                for await _ in held { break }
            }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<SharedLook.waitersMax { group.addTask { await shared.look() } }
                while shared.waitingCount < SharedLook.waitersMax { await Task.yield() }
                await shared.look()
                #expect(shared.waitingCount == SharedLook.waitersMax)
                release.finish()
            }
            #expect(shared.waitingCount == 0)
        }
    }
}
