/// What a call has taken from budgets before it is known what it costs. Plain bits; nothing is held to begin with.
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
    /// Puts what the call cost in the place of what was held, in the periods in which it was held; nothing is held any more then.
    /// - Parameter all: the limits that it was taken from, or those that took their place.
    package mutating func settle(_ costNanoUSD: Int64, in all: [LimitCells]) {
        guard isHeld else { return }
        for index in 0..<limits.count {
            all[limits[index]].settle(by: costNanoUSD - nanoUSD, day: day, month: month)
        }
        self = BudgetHold()
    }
}
