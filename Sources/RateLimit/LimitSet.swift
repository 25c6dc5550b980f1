/// The limits that apply to one call, as positions in an array of limits. At most `capacity`; no allocation.
package struct LimitSet: Sendable {
    /// Key, tenant, tenant×target, tenant×tool, target.
    package static let capacity = 5

    private var positions = InlineArray<5, Int32>(repeating: 0)
    package private(set) var count = 0

    package init() {}

    package mutating func add(_ position: Int32) {
        precondition(count < Self.capacity)
        positions[count] = position
        count += 1
    }

    /// The position added as the `index`th.
    package subscript(_ index: Int) -> Int { Int(positions[index]) }

    /// Takes one call from every limit of the set, or from none.
    ///
    /// - Returns: nil when it was taken; else what refused it, of several the one that makes the caller wait longest.
    package func take(from limits: [LimitCells], at moment: LimitMoment) -> LimitRefusal? {
        var looks = InlineArray<5, LimitCells.Look>(repeating: LimitCells.Look())
        while true {
            var isOpen = true
            for index in 0..<count where !limits[self[index]].isOpen(at: moment, &looks[index]) {
                isOpen = false
                break
            }
            // A limit that opened since the look is tried again.
            if !isOpen, let refusal = refusal(of: limits, at: moment) { return refusal }
            if isOpen, take(0, from: limits, at: moment, &looks) { return nil }
        }
    }

    /// Takes from the `index`th on. The stack keeps what to give back when a later limit was emptied since the look.
    private func take(
        _ index: Int,
        from limits: [LimitCells],
        at moment: LimitMoment,
        _ looks: inout InlineArray<5, LimitCells.Look>
    ) -> Bool {
        if index == count { return true }
        let limit = limits[self[index]]
        guard let taken = limit.take(at: moment, &looks[index]) else { return false }
        if take(index + 1, from: limits, at: moment, &looks) { return true }
        limit.giveBack(taken)
        return false
    }

    private func refusal(of limits: [LimitCells], at moment: LimitMoment) -> LimitRefusal? {
        var tightest: LimitRefusal?
        for index in 0..<count {
            for standing in limits[self[index]].standing(at: moment)
            where standing.retryAfterNs > (tightest?.standing.retryAfterNs ?? 0) {
                tightest = LimitRefusal(position: self[index], standing: standing)
            }
        }
        return tightest
    }
}
