/// Decides when to give free memory back to the system. A value that is asked at each measurement.
///
/// Without it, the memory that a burst has used would stay with the process for good: the allocator keeps it for the
/// next burst.
package struct TrimSchedule: Sendable {
    /// Less growth than this is ignored.
    package static let growthBytesMin = 8 << 20
    /// The most measurements skipped between two trims that gave nothing back.
    package static let looksMax = 16

    private var lowest = Int.max
    private var toSkip = 0
    private var skipped = 0

    package init() {}

    /// Notes what the process uses before it has work.
    package mutating func began(residentBytes: Int) { lowest = min(lowest, residentBytes) }

    /// - Parameter residentBytes: as it is now.
    /// - Returns: whether to trim; call `trimmed` afterwards.
    package mutating func shouldTrim(residentBytes: Int) -> Bool {
        lowest = min(lowest, residentBytes)
        guard residentBytes - lowest >= Self.growthBytesMin else { return false }
        skipped += 1
        guard skipped > toSkip else { return false }
        skipped = 0
        return true
    }

    /// Notes what a trim gave back. Memory in use can't be given back: after a useless trim it takes longer until the
    /// next one.
    package mutating func trimmed(from before: Int, to after: Int) {
        let isWorthIt = before - after >= Self.growthBytesMin / 8
        toSkip = isWorthIt ? 0 : min(max(1, toSkip * 2), Self.looksMax)
    }
}
