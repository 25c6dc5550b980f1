/// The amount that a call has taken from budgets before its cost is known. Plain bits; at first nothing is held.
package struct BudgetHold: Sendable {
    fileprivate var limits = LimitSet()
    fileprivate var nanoUSD: Int64 = 0
    fileprivate var day: UInt32 = 0
    fileprivate var month: UInt32 = 0
    /// Whether a budget applies to the call.
    package private(set) var isHeld = false

    package init() {}

    init(_ limits: LimitSet, _ nanoUSD: Int64, at moment: LimitMoment) {
        self.limits = limits
        self.nanoUSD = nanoUSD
        day = moment.day
        month = moment.month
        isHeld = true
    }
}

extension BudgetHold {
    /// Replaces the amount held by the call's cost, in the periods in which it was held; afterwards nothing is held.
    /// - Parameter all: the limits that it was taken from, or their replacements.
    package mutating func settle(_ costNanoUSD: Int64, in all: [LimitCells]) {
        guard isHeld else { return }
        for index in 0..<limits.count {
            all[limits[index]].settle(by: costNanoUSD - nanoUSD, day: day, month: month)
        }
        self = BudgetHold()
    }
}
