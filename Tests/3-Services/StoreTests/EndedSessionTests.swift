import Policy
import Synchronization
import Locks
import TestSupport
import Testing

@testable import Store

/// What the store remembers of sessions that were ended.
@Suite(.timeLimit(.minutes(1)))
struct EndedSessionTests {
    private static let day: Int64 = 24 * 3_600_000

    private static func mark(_ code: UInt128, holder: Int64 = 1, openedMs: Int64 = 1_000) -> SessionMark {
        SessionMark(
            holderID: holder,
            openedMs: openedMs,
            code: SessionCode((0..<16).reversed().map { UInt8(truncatingIfNeeded: code >> (8 * $0)) })
        )
    }

    private static func end(
        _ store: Store,
        _ marks: [SessionMark],
        perHolderMax: Int = 2_000,
        max: Int = 100_000
    ) async throws -> [Bool] {
        var bounds = EndedSessionBounds()
        bounds.perHolderMax = perHolderMax
        bounds.max = max
        let asked = bounds
        return try await store.write(as: .system) { write throws(StoreError) in
            try write.endSessions(marks, within: asked)
        }
    }

    private static func ended(_ store: Store, nowMs: Int64) async throws -> EndedSessions {
        try await store.read { read throws(StoreError) in
            try read.endedSessions(try read.generation(), since: .none, nowMs: nowMs)
        }
    }

    @Test func `an ended session is known after a restart, with every bit of its code`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            let marks = [0, 1, .max, 1 << 127, 0x0123_4567_89AB_CDEF_0011_2233_4455_6677].map {
                Self.mark($0)
            }
            let store = try Store.open(path: path, clock: { 2_000 })
            let outcomes = try await Self.end(store, marks)
            #expect(outcomes == Array(repeating: true, count: marks.count))
            store.close()
            let later = try Store.open(path: path, clock: { 2_000 })
            defer { later.close() }
            let ended = try await Self.ended(later, nowMs: 2_000)
            #expect(ended.count == marks.count && marks.allSatisfy { ended.contains($0) })
            #expect(!ended.contains(Self.mark(2)))
        }
    }

    @Test func `a session that is ended twice is remembered once`() async throws {
        try await withStore { store in
            let mark = Self.mark(5)
            let twice = try await Self.end(store, [mark, mark])
            #expect(twice == [true, true])
            let again = try await Self.end(store, [mark])
            #expect(again == [true])
            #expect(try await Self.ended(store, nowMs: 2_000).count == 1)
        }
    }

    @Test func `another process's endings are published, without a new version and without reading the rest`()
        async throws
    {
        try await withStore { store in
            let other = try Store.open(path: store.path, clock: { 2_000 })
            defer { other.close() }
            let published = Locked<[Snapshot]>([])
            let loads = Locked(0)
            try await store.watch(
                publish: { snapshot in published.withLock { $0.append(snapshot) } },
                onLoad: { _ in loads.withLock { $0 += 1 } },
                onFailure: { Issue.record("\($0)") }
            )
            _ = try await Self.end(other, [Self.mark(1)])
            await store.published()
            _ = try await Self.end(other, [Self.mark(2)])
            await store.published()
            let snapshots = published.withLock { $0 }
            #expect(snapshots.last?.endedSessions.contains(Self.mark(1)) == true)
            #expect(snapshots.last?.endedSessions.contains(Self.mark(2)) == true)
            #expect(Set(snapshots.map { $0.version }).count == 1 && loads.withLock { $0 } == 1)
            // A change of another kind keeps them.
            try await other.write(as: .system) { write throws(StoreError) in
                _ = try write.createTenant(try checked(TenantName("acme")))
            }
            await store.published()
            let last = published.withLock { $0.last }
            #expect(last?.tenants.count == 1 && last?.endedSessions.count == 2)
        }
    }

    @Test func `a holder with too many fresh endings can't end further sessions, and others can`()
        async throws
    {
        try await withStore { store in
            let marks = (0..<6).map { Self.mark($0) }
            let own = try await Self.end(store, marks, perHolderMax: 4)
            #expect(own == [true, true, true, true, false, false])
            let others = try await Self.end(store, [Self.mark(9, holder: 2)], perHolderMax: 4)
            #expect(others == [true])
            // One that has ended already is no further one.
            let again = try await Self.end(store, [marks[0]], perHolderMax: 4)
            #expect(again == [true])
            let ended = try await Self.ended(store, nowMs: 2_000)
            #expect(ended.count == 5 && !ended.contains(marks[4]))
        }
    }

    @Test
    func `the oldest of a holder's endings become one, once they are a day old, and none comes back to life`()
        async throws
    {
        let now: Int64 = 10 * Self.day
        try await withStore(clock: { now }) { store in
            let old = (0..<4).map { Self.mark(UInt128($0), openedMs: now - 2 * Self.day + Int64($0)) }
            let fresh = (10..<20).map { Self.mark(UInt128($0), openedMs: now - 10) }
            let stranger = Self.mark(77, holder: 2, openedMs: 1)
            let first = try await Self.end(store, old + [fresh[0]], perHolderMax: 4)
            #expect(first == Array(repeating: true, count: 5))
            let ended = try await Self.ended(store, nowMs: now)
            #expect((old + [fresh[0]]).allSatisfy { ended.contains($0) })
            #expect(!ended.contains(stranger) && !ended.contains(fresh[1]))
            // Also one of the holder's sessions that was as old, and not ended by itself.
            #expect(ended.contains(Self.mark(55, openedMs: now - 3 * Self.day)))
            #expect(ended.count <= 4)
            // What is fresh is never ended together: the rest is refused.
            let outcomes = try await Self.end(store, Array(fresh[1...]), perHolderMax: 4)
            #expect(outcomes.contains(true) && outcomes.last == false)
            let after = try await Self.ended(store, nowMs: now)
            for (mark, outcome) in zip(fresh[1...], outcomes) { #expect(after.contains(mark) == outcome) }
            #expect(after.count <= 4 && !after.contains(Self.mark(56, openedMs: now - 10)))
        }
    }

    @Test
    func `the holder of the most endings makes room for others, and none of its sessions comes back to life`()
        async throws
    {
        let now: Int64 = 10 * Self.day
        try await withStore(clock: { now }) { store in
            let old = (0..<4).map { Self.mark(UInt128($0), openedMs: now - 2 * Self.day + Int64($0)) }
            #expect(try await Self.end(store, old, max: 4) == [true, true, true, true])
            let stranger = Self.mark(77, holder: 2, openedMs: now - 10)
            #expect(try await Self.end(store, [stranger], max: 4) == [true])
            let ended = try await Self.ended(store, nowMs: now)
            #expect((old + [stranger]).allSatisfy { ended.contains($0) })
        }
    }

    @Test func `all holders together have a bound`() async throws {
        try await withStore { store in
            let marks = (0..<5).map { Self.mark(UInt128($0), holder: Int64($0)) }
            let outcomes = try await Self.end(store, marks, max: 3)
            #expect(outcomes == [true, true, true, false, false])
        }
    }

    @Test func `endings of sessions whose time is over are forgotten, and their numbers never come again`()
        async throws
    {
        try await withStore { store in
            _ = try await Self.end(store, [Self.mark(1, openedMs: 0), Self.mark(2, openedMs: 10)])
            let late = SessionMark.rememberedMs
            try await store.write(as: .system) { write throws(StoreError) in
                try write.forgetEndedSessions(nowMs: late)
            }
            #expect(try await Self.ended(store, nowMs: 0).count == 1)
            try await store.write(as: .system) { write throws(StoreError) in
                try write.forgetEndedSessions(nowMs: late + 10)
            }
            _ = try await Self.end(store, [Self.mark(3, openedMs: late)])
            let ended = try await Self.ended(store, nowMs: late)
            #expect(ended.newest == 3 && ended.count == 1)
        }
    }
}
