import Policy
import Testing

struct VersionChoiceTests {
    struct Row: Sendable {
        let weights: [Int]
        /// The number of calls out of ten thousand for each branch.
        let shares: [Int]
    }

    private static func route(_ weights: [Int]) -> VersionRoute {
        VersionRoute(branches: weights.enumerated().map { .init(qualifier: "v\($0)", weight: $1) })
    }

    private static let rows = [
        Row(weights: [90, 10], shares: [9_000, 1_000]), Row(weights: [10, 90], shares: [1_000, 9_000]),
        Row(weights: [1, 1], shares: [5_000, 5_000]), Row(weights: [999_999, 1], shares: [10_000, 0]),
        Row(weights: [0, 5], shares: [0, 10_000]), Row(weights: [5, 0], shares: [10_000, 0]),
        Row(weights: [7], shares: [10_000]), Row(weights: [2, 1], shares: [6_667, 3_333]),
    ]

    @Test(arguments: rows)
    func `calls without a session are shared exactly by weight`(_ row: Row) {
        let route = Self.route(row.weights)
        var turns = VersionTurns()
        var counts = row.weights.map { _ in 0 }
        for _ in 0..<10_000 { counts[turns.next(of: route)] += 1 }
        for (count, share) in zip(counts, row.shares) { #expect(abs(count - share) <= 1, "\(counts)") }
    }

    @Test func `in any hundred calls in a row, a weight of a tenth gets exactly ten`() {
        let route = Self.route([90, 10])
        var turns = VersionTurns()
        let calls = (0..<1_000).map { _ in turns.next(of: route) }
        #expect(calls[0] == 0)
        for start in 0..<900 { #expect(calls[start..<start + 100].count { $0 == 1 } == 10) }
    }

    @Test(arguments: rows)
    func `sessions are spread by weight`(_ row: Row) {
        let route = Self.route(row.weights)
        var counts = row.weights.map { _ in 0 }
        for number in 0..<10_000 { counts[route.branch(ofSession: "session-\(number)".utf8.span)] += 1 }
        // Three standard deviations of 10,000 draws are 150 at most.
        for (count, share) in zip(counts, row.shares) { #expect(abs(count - share) <= 150, "\(counts)") }
    }

    @Test func `a session stays with its version, and few move when the weights change`() {
        let (before, after) = (Self.route([90, 10]), Self.route([80, 20]))
        var moved = 0
        for number in 0..<10_000 {
            let id = "BAAAAAAAAAAAAAAAAAAAAAAAAAAA\(number)"
            let branch = before.branch(ofSession: id.utf8.span)
            for _ in 0..<3 { #expect(before.branch(ofSession: id.utf8.span) == branch) }
            let new = after.branch(ofSession: id.utf8.span)
            if new != branch { moved += 1 }
            #expect(!(branch == 1 && new == 0), "a session left the branch that grew")
        }
        #expect(abs(moved - 1_000) <= 150)
    }

    /// The branches of these ids must be the same in replicas of different program versions.
    @Test func `the choice is the same in every process`() {
        let route = Self.route([1, 1])
        let chosen = ["a", "b", "c", "d", "e", "f", "g", "h"].map { route.branch(ofSession: $0.utf8.span) }
        #expect(chosen == [1, 1, 1, 0, 0, 1, 1, 0])
    }

    @Test func `of equally heavy branches, the first counts as the heaviest`() {
        #expect(Self.route([1, 2]).heaviest == 1)
        #expect(Self.route([2, 2]).heaviest == 0)
    }
}
