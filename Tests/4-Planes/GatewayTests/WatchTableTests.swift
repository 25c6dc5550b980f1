import Bytes
import MCP
import Policy
import Testing

@testable import Gateway

struct WatchTableTests {
    private static func session(_ code: UInt8, of holder: Int64 = 1) -> SessionMark {
        SessionMark(holderID: holder, openedMs: 1, code: SessionCode([code]))
    }

    private static let origin = PollOrigin(.v20251125, client: "t 1", session: [65])

    private static func uris(_ table: WatchTable, _ session: SessionMark) -> [String] {
        table.watches(of: session)?.resources.map(\.uri) ?? []
    }

    @Test func `a session watches each resource once, up to its bound, and gives places back`() throws {
        var table = WatchTable(perStreamMax: 2, perHolderMax: 10, max: 10)
        let own = Self.session(1)
        for uri in ["a:1", "a:1", "a:2", "a:1"] {
            try table.watch(uri, in: own, Self.origin) { _ in true }
        }
        #expect(Self.uris(table, own) == ["a:1", "a:2"] && table.count == 2)
        #expect(throws: WatchTable.Refusal.perStream) {
            try table.watch("a:3", in: own, Self.origin) { _ in true }
        }
        table.unwatch("a:9", in: own)
        table.unwatch("a:1", in: Self.session(2))
        #expect(table.count == 2)
        table.unwatch("a:1", in: own)
        try table.watch("a:3", in: own, Self.origin) { _ in true }
        #expect(Self.uris(table, own) == ["a:2", "a:3"])
        table.end(own)
        table.end(own)
        #expect(table.isEmpty)
    }

    @Test func `URIs are the same when their bytes are`() throws {
        var table = WatchTable(perStreamMax: 9, perHolderMax: 9, max: 9)
        let own = Self.session(1)
        // One letter of two code points, and the same letter as one.
        for uri in ["a:e\u{301}", "a:\u{e9}"] { try table.watch(uri, in: own, Self.origin) { _ in true } }
        #expect(table.count == 2)
        table.unwatch("a:\u{e9}", in: own)
        #expect(table.watches(of: own)?.resources.first?.uri.utf8.count == 5)
    }

    @Test func `a full holder and a full table forget the idle session that asked longest ago`() throws {
        var table = WatchTable(perStreamMax: 2, perHolderMax: 3, max: 5)
        let mine = (1...4).map { Self.session($0) }
        let others = (5...7).map { Self.session($0, of: 2) }
        let streamed = Set([mine[0], others[0]])
        for session in mine.prefix(3) {
            try table.watch("a:1", in: session, Self.origin) { streamed.contains($0) }
        }
        // It asks again, and so isn't the one that asked longest ago.
        try table.watch("a:1", in: mine[1], Self.origin) { streamed.contains($0) }
        try table.watch("a:1", in: mine[3], Self.origin) { streamed.contains($0) }
        #expect(mine.map { Self.uris(table, $0).count } == [1, 1, 0, 1])
        for session in others.prefix(2) {
            try table.watch("a:1", in: session, Self.origin) { streamed.contains($0) }
        }
        #expect(table.count == 5)
        try table.take(1, of: 3) { streamed.contains($0) }
        #expect(mine.map { Self.uris(table, $0).count } == [1, 0, 0, 1])
        #expect(others.map { Self.uris(table, $0).count } == [1, 1, 0])
        #expect(throws: WatchTable.Refusal.all) { try table.take(1, of: 4) { _ in true } }
        #expect(throws: WatchTable.Refusal.perCredential) { try table.take(2, of: 1) { _ in true } }
        #expect(throws: WatchTable.Refusal.perStream) { try table.take(3, of: 9) { _ in false } }
        table.giveBack(1, of: 3)
        for session in mine + others { table.end(session) }
        #expect(table.isEmpty)
    }

    @Test
    func `a full table takes room from the asker's own idle sessions, then from whoever watches the most`()
        throws
    {
        var table = WatchTable(perStreamMax: 4, perHolderMax: 10, max: 5)
        let small = Self.session(1, of: 2)
        try table.watch("a:1", in: small, Self.origin) { _ in false }  // the oldest
        let large = (2...5).map { Self.session($0, of: 1) }
        for session in large { try table.watch("a:1", in: session, Self.origin) { _ in false } }
        try table.take(1, of: 3) { _ in false }
        #expect(Self.uris(table, small) == ["a:1"])
        #expect(large.map { Self.uris(table, $0).count } == [0, 1, 1, 1])
        let second = Self.session(6, of: 2)
        try table.watch("a:2", in: second, Self.origin) { _ in false }
        #expect(Self.uris(table, small).isEmpty && Self.uris(table, second) == ["a:2"])
        #expect(large.map { Self.uris(table, $0).count } == [0, 1, 1, 1])
    }

    @Test func `nothing is forgotten for an asker who gets no room all the same`() throws {
        var table = WatchTable(perStreamMax: 4, perHolderMax: 10, max: 5)
        let sessions = (1...5).map { Self.session($0, of: Int64($0)) }
        for session in sessions { try table.watch("a:1", in: session, Self.origin) { _ in false } }
        #expect(throws: WatchTable.Refusal.all) { try table.take(4, of: 9) { $0 != sessions[0] } }
        #expect(sessions.map { Self.uris(table, $0).count } == [1, 1, 1, 1, 1])
    }

    @Test func `10,000 sessions of one holder leave no more than its bound`() throws {
        var table = WatchTable(perStreamMax: 16, perHolderMax: 64, max: 200)
        try table.watch("a:1", in: Self.session(1, of: 7), Self.origin) { _ in false }
        for number in 0..<10_000 {
            let code = SessionCode([UInt8(number >> 8), UInt8(number & 255), 1])
            let session = SessionMark(holderID: 1, openedMs: 1, code: code)
            try table.watch("a:\(number)", in: session, Self.origin) { _ in false }
        }
        #expect(table.count == 65)
        #expect(Self.uris(table, Self.session(1, of: 7)) == ["a:1"])
    }

    /// What two polls found, nil where the resource was hidden, and whether the client is told after the second.
    @Test(
        arguments: [
            ("x", "x", false), ("x", "y", true), ("x", nil, false), (nil, "x", true), (nil, nil, false),
        ] as [(String?, String?, Bool)]
    )
    func `a change is a difference from what was found before`(
        _ first: String?,
        _ second: String?,
        _ isTold: Bool
    ) throws {
        func found(_ text: String?) -> WatchTable.Resource.Found {
            text.map { .contents(digest($0)) } ?? .hidden
        }
        var table = WatchTable(perStreamMax: 2, perHolderMax: 3, max: 5)
        let own = Self.session(1)
        try table.watch("a:1", in: own, Self.origin) { _ in true }
        let before = table.note(found(first), of: "a:1", in: own)
        #expect(before?.hasChanged == false)
        let after = table.note(found(second), of: "a:1", in: own)
        #expect(after?.hasChanged == isTold)
        #expect(table.note(.hidden, of: "a:2", in: own)?.uri == nil)
        table.told(of: "a:1", in: own)
        #expect(table.watches(of: own)?.resources[0].hasChanged == false)
    }
}
