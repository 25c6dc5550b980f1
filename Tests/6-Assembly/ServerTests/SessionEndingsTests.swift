import EventLoop
import Gateway
import Locks
import Policy
import Synchronization
import Store
import TestSupport
import Testing

@testable import Server

/// How the ends of sessions get into the store.
struct SessionEndingsTests {
    private static func mark(_ code: UInt128) -> SessionMark {
        SessionMark(
            holderID: 1,
            openedMs: WallClock.nowMs(),
            code: SessionCode((0..<16).reversed().map { UInt8(truncatingIfNeeded: code >> (8 * $0)) })
        )
    }

    private static func withEndings(
        _ inForce: @escaping @Sendable () async -> String? = { nil },
        _ body: (SessionEndings, Store, _ log: @escaping @Sendable () -> [String]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let store = try Store.open(path: "\(folder)/store.db")
            defer { store.close() }
            let lines = Locked<[String]>([])
            let log = GatewayLog(threshold: .debug) { _, text, _ in lines.withLock { $0.append(text) } }
            var bounds = EndedSessionBounds()
            bounds.perHolderMax = 1_500
            try await body(
                SessionEndings(store: store, bounds: bounds, log: log, inForce: inForce),
                store,
                { lines.withLock { $0 } }
            )
        }
    }

    @Test func `a thousand sessions that end at once take a few transactions, and all have ended`()
        async throws
    {
        let rounds = Locked(0)
        try await Self.withEndings({
            rounds.withLock { $0 += 1 }
            return nil
        }) { endings, store, _ in
            let outcomes = await withTaskGroup(of: SessionEndOutcome.self) { group in
                for code in 0..<1_000 { group.addTask { await endings.end(Self.mark(UInt128(code))) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { $0 == .ended } && outcomes.count == 1_000)
            #expect(rounds.withLock { $0 } < 500)
            let ended = try await store.loadSnapshot().endedSessions
            #expect(ended.count == 1_000)
        }
    }

    @Test func `whoever would be the 1,025th to wait is turned away at once`() async throws {
        let (began, beginning) = AsyncStream<Void>.makeStream()
        let (release, releasing) = AsyncStream<Void>.makeStream()
        let isFirst = Locked(true)
        try await Self.withEndings({
            guard isFirst.withLock({ exchange(&$0, with: false) }) else { return nil }
            beginning.finish()
            for await _ in release {}
            return nil
        }) { endings, _, _ in
            await withTaskGroup(of: SessionEndOutcome.self) { group in
                group.addTask { await endings.end(Self.mark(0)) }
                for await _ in began {}
                for code in 1...SessionEndings.waitingMax + 1 {
                    group.addTask { await endings.end(Self.mark(UInt128(code))) }
                }
                // Nothing else can be answered while the first write waits.
                #expect(await group.next() == .unavailable)
                releasing.finish()
                var ended = 0
                for await outcome in group where outcome == .ended { ended += 1 }
                #expect(ended == SessionEndings.waitingMax + 1)
            }
        }
    }

    @Test func `a holder's bound refuses one session and no other, and a closed store is told`() async throws
    {
        try await Self.withEndings { endings, store, log in
            var outcomes: [SessionEndOutcome] = []
            await withTaskGroup(of: SessionEndOutcome.self) { group in
                for code in 0..<1_000 { group.addTask { await endings.end(Self.mark(UInt128(code))) } }
            }
            for code in 1_000..<1_502 { outcomes.append(await endings.end(Self.mark(UInt128(code)))) }
            #expect(outcomes.count { $0 == .full } == 2 && outcomes.last == .full)
            store.close()
            #expect(await endings.end(Self.mark(9_999)) == .unavailable)
            #expect(log() == ["sessions could not be ended"])
        }
    }

    @Test func `a server that is late is noted, and the session has ended all the same`() async throws {
        try await Self.withEndings({ "one is late" }) { endings, _, log in
            #expect(await endings.end(Self.mark(1)) == .ended)
            #expect(log() == ["a session's end is not in force everywhere yet"])
        }
    }
}
