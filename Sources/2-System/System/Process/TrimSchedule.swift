/// When it is worth giving free memory back to the system. A value: told of each look, says whether to.
///
/// What a burst has used would stay with the process for good, as the allocator keeps it for the next one.
package struct TrimSchedule: Sendable {
    /// Growth below is left alone.
    package static let growthBytesMin = 8 << 20
    /// Looks between two trims that gave nothing back are at most so many.
    package static let looksMax = 16

    private var lowest = Int.max
    private var toSkip = 0
    private var skipped = 0

    package init() {}

    /// What the process uses before it has work.
    package mutating func began(residentBytes: Int) { lowest = min(lowest, residentBytes) }

    /// - Parameter residentBytes: as it is now.
    /// - Returns: whether to trim, and then to tell `trimmed`.
    package mutating func shouldTrim(residentBytes: Int) -> Bool {
        lowest = min(lowest, residentBytes)
        guard residentBytes - lowest >= Self.growthBytesMin else { return false }
        skipped += 1
        guard skipped > toSkip else { return false }
        skipped = 0
        return true
    }

    /// Memory in use can't be given back: the less came of it, the longer it is until the next try.
    package mutating func trimmed(from before: Int, to after: Int) {
        let isWorthIt = before - after >= Self.growthBytesMin / 8
        toSkip = isWorthIt ? 0 : min(max(1, toSkip * 2), Self.looksMax)
    }
}
