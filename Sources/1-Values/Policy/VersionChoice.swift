import Bytes

// Chooses which of a route's versions serves a call.

extension VersionRoute {
    /// The branch that serves a session: the same one in every process, and after a restart.
    ///
    /// Sessions are spread over the weights by the hash of their id. When the weights change, only as many sessions move
    /// as the weights do.
    /// - Parameter id: the session's id, as the client sends it.
    /// - Returns: an index into `branches`.
    package func branch(ofSession id: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in id.indices { hash = (hash ^ UInt64(id[index])) &* 0x100_0000_01B3 }
        // FNV's high bits are weak for short differences; one round of mixing fixes that.
        hash = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9
        hash ^= hash >> 32
        let place = Int(hash.multipliedFullWidth(by: UInt64(max(1, weightSum))).high)
        var below = 0
        for index in branches.indices {
            below += branches[index].weight
            if place < below { return index }
        }
        return heaviest
    }

    /// The branch with the most calls, the first of equals: the one whose tools are listed.
    package var heaviest: Int {
        var found = 0
        for index in branches.indices where branches[index].weight > branches[found].weight { found = index }
        return found
    }

    package var weightSum: Int { branches.reduce(0) { $0 + $1.weight } }
}

/// Distributes the calls without a session over a route's branches in turn, so that each gets exactly its share: in any
/// run of calls, the number that a branch gets differs by less than one call from its share.
package struct VersionTurns: Sendable, Equatable {
    /// The calls that the lighter branch still has to get, in units of the weights' sum.
    private var owed = 0

    package init() {}

    /// - Returns: an index into the route's branches.
    package mutating func next(of route: VersionRoute) -> Int {
        let heavy = route.heaviest
        guard route.branches.count == 2 else { return heavy }
        let light = 1 - heavy
        owed += route.branches[light].weight
        guard owed >= route.weightSum else { return heavy }
        owed -= route.weightSum
        return light
    }
}
