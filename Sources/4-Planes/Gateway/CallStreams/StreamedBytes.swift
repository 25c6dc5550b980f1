import Synchronization

/// What all calls of the process hold together of messages that their functions stream and that aren't complete yet, or that are
/// too large to be kept for a client that has come back. Any thread.
///
/// A message has its own bound; this one keeps many large ones at once from filling the memory.
package final class StreamedBytes: Sendable {
    /// The most bytes at once.
    package static let usualMax = 256 << 20
    /// What one call may hold without being counted.
    static let freeBytes = 64 << 10

    private let bytesMax: Int
    private let held = Atomic<Int>(0)

    package init(bytesMax: Int = StreamedBytes.usualMax) { self.bytesMax = bytesMax }

    /// The bytes that are counted now.
    var count: Int { held.load(ordering: .relaxed) }

    /// Changes what a call holds.
    /// - Returns: false when there is no room; nothing has changed then.
    func change(from before: Int, to now: Int) -> Bool {
        guard now != before else { return true }
        let after = held.wrappingAdd(now &- before, ordering: .relaxed).newValue
        if now > before, after > bytesMax {
            held.wrappingSubtract(now &- before, ordering: .relaxed)
            return false
        }
        return true
    }
}
