/// The limits that apply to one call, as positions in an array of limits. At most `capacity`; no allocation.
package struct LimitSet: Sendable {
    /// One each for key, tenant, tenant×target, tenant×tool and target.
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
    /// - Parameter nanoUSD: the amount taken from budgets, in billionths of a US dollar. A budget that has anything
    ///   left allows the call.
    /// - Returns: nil when it was taken; otherwise the limit that refused it, of several the one that makes the
    ///   caller wait longest.
    package func take(
        from limits: [LimitCells],
        at moment: LimitMoment,
        nanoUSD: Int64 = 0
    ) -> LimitRefusal? {
        let nanoUSD = UInt64(max(0, nanoUSD))
        // A span's elements are borrowed: no reference is counted on the way.
        let cells = limits.span
        var looks = InlineArray<5, LimitCells.Look>(repeating: LimitCells.Look())
        while true {
            var isOpen = true
            for index in 0..<count where !cells[self[index]].isOpen(at: moment, &looks[index]) {
                isOpen = false
                break
            }
            // If the limit has opened since `isOpen`, try again.
            if !isOpen, let refusal = refusal(of: limits, at: moment) { return refusal }
            if isOpen, takeEach(cells, at: moment, nanoUSD, &looks) { return nil }
        }
    }

    /// Takes from every limit; gives all back when one has run out since `isOpen`.
    private func takeEach(
        _ cells: Span<LimitCells>,
        at moment: LimitMoment,
        _ nanoUSD: UInt64,
        _ looks: inout InlineArray<5, LimitCells.Look>
    ) -> Bool {
        for index in 0..<count where !cells[self[index]].take(at: moment, nanoUSD: nanoUSD, &looks[index]) {
            for taken in 0..<index { cells[self[taken]].giveBack(looks[taken], nanoUSD: nanoUSD) }
            return false
        }
        return true
    }

    /// Whether a call is held against a budget.
    package func hasBudget(in limits: [LimitCells]) -> Bool {
        for index in 0..<count where limits[self[index]].hasBudget { return true }
        return false
    }

    /// The amount that a call has taken from budgets, to be settled later.
    package func hold(_ nanoUSD: Int64, at moment: LimitMoment) -> BudgetHold {
        BudgetHold(self, max(0, nanoUSD), at: moment)
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
