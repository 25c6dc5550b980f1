import Policy
import Testing

struct EndedSessionsTests {
    private static func mark(_ code: UInt128, holder: Int64 = 1, openedMs: Int64 = 1_000) -> SessionMark {
        SessionMark(
            holderID: holder,
            openedMs: openedMs,
            code: SessionCode((0..<16).reversed().map { UInt8(truncatingIfNeeded: code >> (8 * $0)) })
        )
    }

    @Test func `without endings no session has ended`() {
        #expect(!EndedSessions.none.contains(Self.mark(0)) && EndedSessions.none.count == 0)
    }

    @Test func `a session has ended when its own code was added, in whatever order`() {
        let codes: [UInt128] = [7, .max, 0, 1 << 64, 3]
        var ended = EndedSessions.none
        for (index, code) in codes.enumerated() {
            ended = ended.adding([.one(Self.mark(code))], newest: Int64(index + 1), nowMs: 1_000)
        }
        #expect(ended.count == 5 && ended.newest == 5)
        for code in codes { #expect(ended.contains(Self.mark(code))) }
        for code: UInt128 in [1, 2, 4, (1 << 64) + 1, .max - 1] { #expect(!ended.contains(Self.mark(code))) }
    }

    @Test(
        arguments: [(1, 499, true), (1, 500, true), (1, 501, false), (2, 1, false)] as [(Int64, Int64, Bool)]
    )
    func `an ending of all covers the holder's sessions up to its time`(
        _ holder: Int64,
        _ openedMs: Int64,
        _ hasEnded: Bool
    ) {
        let ended = EndedSessions.none.adding([.all(holderID: 1, untilMs: 500)], newest: 1, nowMs: 1_000)
        #expect(ended.contains(Self.mark(9, holder: holder, openedMs: openedMs)) == hasEnded)
    }

    @Test
    func
        `an ending of all replaces the single ones that it covers, and an earlier one of all changes nothing`()
    {
        let single = (1...10).map { EndedSessions.Ending.one(Self.mark(UInt128($0), openedMs: Int64($0))) }
        var ended = EndedSessions.none.adding(single, newest: 10, nowMs: 20)
        #expect(ended.count == 10)
        ended = ended.adding([.all(holderID: 1, untilMs: 8)], newest: 11, nowMs: 20)
        #expect(ended.count == 3)
        ended = ended.adding([.all(holderID: 1, untilMs: 2)], newest: 12, nowMs: 20)
        #expect((1...10).allSatisfy { ended.contains(Self.mark(UInt128($0), openedMs: Int64($0))) })
        #expect(!ended.contains(Self.mark(99, openedMs: 9)))
    }

    @Test func `an ending is forgotten when no server would take its session any more`() {
        let openedMs: Int64 = 5_000
        let ended = EndedSessions.none.adding(
            [.one(Self.mark(1, openedMs: openedMs)), .all(holderID: 2, untilMs: openedMs)],
            newest: 2,
            nowMs: openedMs
        )
        let late = openedMs + SessionMark.rememberedMs
        #expect(ended.adding([], newest: 2, nowMs: late - 1).count == 2)
        #expect(ended.adding([], newest: 2, nowMs: late).count == 0)
        #expect(SessionMark.rememberedMs > SessionMark.lifetimeMs)
    }

    @Test func `a snapshot keeps its ended sessions through changes of health and scopes`() {
        let ended = EndedSessions.none.adding([.one(Self.mark(1))], newest: 1, nowMs: 1_000)
        let snapshot = Snapshot.empty.replacingEndedSessions(ended).replacingHealth([:]).narrowingTokens(
            to: [])
        #expect(snapshot.endedSessions.contains(Self.mark(1)) && snapshot.version == Snapshot.empty.version)
    }
}

struct SessionCodeTests {
    @Test func `a code keeps all its bytes, and codes are ordered as their bytes`() {
        let bytes = (0..<16).map { UInt8($0 * 16 + 1) }
        let code = SessionCode(bytes)
        #expect(code.bytes == bytes)
        for index in bytes.indices {
            var greater = bytes
            greater[index] += 1
            #expect(code < SessionCode(greater) && code != SessionCode(greater))
        }
        #expect(SessionCode([]).bytes == Array(repeating: 0, count: 16))
    }
}
