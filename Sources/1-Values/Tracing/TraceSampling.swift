/// Which calls' spans are exported.
package struct TraceSampling: Sendable, Equatable {
    /// The share of the traces beginning here that is sampled: 0...1.
    package var share: Double
    /// Whether the sampled flag in a caller's `traceparent` decides if its call is sampled.
    package var honorsParent: Bool
    /// The most calls per second that the whole gateway traces beyond the share because their callers asked for it, and
    /// as many again because they failed.
    package var extraPerSecond: Int

    package init(share: Double = 0.1, honorsParent: Bool = true, extraPerSecond: Int = 100) {
        self.share = share
        self.honorsParent = honorsParent
        self.extraPerSecond = extraPerSecond
    }

    /// The lower half of a trace's id must be below this; `nil` for all. The SDKs' TraceIdRatioBased samplers decide in
    /// the same way, so that samplers with the same share choose the same traces.
    package var bound: UInt64? {
        guard share < 1 else { return nil }
        guard share > 0 else { return 0 }
        return UInt64(share * 0x1p64)
    }
}
