import Synchronization

/// A sketch that all threads add to: one relaxed atomic add each time. 1.6 kB.
///
/// It only grows; the difference of two readings shows what was added between them.
final class LiveSketch: Sendable {
    private let counts = InlineArray<410, Atomic<UInt32>> { _ in Atomic(0) }

    func add(nanoseconds: UInt64) {
        counts[SketchBuckets.index(ofNs: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
    }

    /// Returns what was added since `seen` was read, and updates `seen`. An empty `seen` counts as all zeros.
    func takeNews(since seen: inout [UInt32]) -> QuantileSketch {
        var news = QuantileSketch()
        if seen.isEmpty { seen = [UInt32](repeating: 0, count: counts.count) }
        for bucket in counts.indices {
            let now = counts[bucket].load(ordering: .relaxed)
            // A counter that wrapped around is still right.
            if now != seen[bucket] { news.add(now &- seen[bucket], bucket: bucket) }
            seen[bucket] = now
        }
        return news
    }
}
