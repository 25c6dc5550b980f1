import Synchronization

/// Runs `body` on that many threads at once, each with its number, and joins them; returns the sum of the results.
///
/// The threads are a task group's on the global pool; they contend for the counters, however many cores there are.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Int) async -> Int {
    await withTaskGroup(of: Int.self) { group in
        for number in 0..<count { group.addTask { body(number) } }
        return await group.reduce(0, +)
    }
}

/// A small repeatable generator: splitmix64.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
