import Synchronization

/// A sketch that all threads add to: one relaxed atomic add each time. 1.6 kB.
///
/// It only grows; what was added since the last look comes from two looks.
final class LiveSketch: Sendable {
    private let counts = InlineArray<410, Atomic<UInt32>> { _ in Atomic(0) }

    func add(nanoseconds: UInt64) {
        counts[SketchBuckets.index(ofNs: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
    }

    /// What was added since `seen` was read, which is then brought up to now. Empty is as good as all zeros.
    func takeNews(since seen: inout [UInt32]) -> QuantileSketch {
        var news = QuantileSketch()
        if seen.isEmpty { seen = [UInt32](repeating: 0, count: counts.count) }
        for bucket in counts.indices {
            let now = counts[bucket].load(ordering: .relaxed)
            // A counter that went around is right still.
            if now != seen[bucket] { news.add(now &- seen[bucket], bucket: bucket) }
            seen[bucket] = now
        }
        return news
    }
}
