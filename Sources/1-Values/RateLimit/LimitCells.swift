/// The counters of one limit: a rate, quotas and budgets of a day and of a month, as far as it has them. Any thread.
///
/// Immutable but for the counts. When a limit's figures change, `changed` makes a new value that continues the old
/// counts, also for callers that still use the old value.
package final class LimitCells: Sendable {
    /// What a limit allows.
    package struct Figures: Sendable, Equatable {
        package var rate: RateParameters?
        /// Calls in a day; a greater figure counts as `QuotaCell.countMax`.
        package var dayQuota: Int?
        package var monthQuota: Int?
        /// Billionths of a US dollar in a day; a greater figure counts as `QuotaCell.costMax`.
        package var dayBudget: Int64?
        package var monthBudget: Int64?

        package init(
            rate: RateParameters? = nil,
            dayQuota: Int? = nil,
            monthQuota: Int? = nil,
            dayBudget: Int64? = nil,
            monthBudget: Int64? = nil
        ) {
            self.rate = rate
            self.dayQuota = dayQuota
            self.monthQuota = monthQuota
            self.dayBudget = dayBudget
            self.monthBudget = monthBudget
        }

        /// The quota of this kind; nil when there is none.
        func most(_ kind: QuotaKind) -> UInt64? {
            let figure: Int64? =
                switch kind {
                case .dayCalls: dayQuota.map { Int64($0) }
                case .monthCalls: monthQuota.map { Int64($0) }
                case .dayCost: dayBudget
                case .monthCost: monthBudget
                }
            return figure.map {
                min(UInt64(max(0, $0)), kind.isCost ? QuotaCell.costMax : QuotaCell.countMax)
            }
        }
    }

    package let figures: Figures
    let rate: RateCell?
    /// In the order of `QuotaKind`. A counter stays while the limit has no such quota, so that one set later continues
    /// the count.
    private let quotas: InlineArray<4, QuotaCell>
    /// The quotas in the same order; 0 where there is none.
    private let most: InlineArray<4, UInt64>
    /// A bit for each kind that the limit has.
    private let kinds: UInt8
    /// Whether calls are held against a budget.
    package let hasBudget: Bool

    /// Counters at zero.
    package convenience init(_ figures: Figures) {
        self.init(
            figures,
            rate: figures.rate.map { RateCell($0) },
            quotas: InlineArray { QuotaCell(isCost: QuotaKind.allCases[$0].isCost) }
        )
    }

    private init(_ figures: Figures, rate: RateCell?, quotas: InlineArray<4, QuotaCell>) {
        self.figures = figures
        self.rate = rate
        self.quotas = quotas
        most = InlineArray { figures.most(QuotaKind.allCases[$0]) ?? 0 }
        kinds = QuotaKind.allCases.reduce(0) { figures.most($1) == nil ? $0 : $0 | 1 << UInt8($1.rawValue) }
        hasBudget = figures.dayBudget != nil || figures.monthBudget != nil
    }

    /// The limit with other figures and the same counts. For one thread at a time.
    ///
    /// A rate that is removed and set again later starts anew: unused meanwhile, it would be full.
    package func changed(to figures: Figures, nowNs: UInt64) -> LimitCells {
        if figures == self.figures { return self }
        let next: RateCell? =
            if let parameters = figures.rate, let rate {
                parameters == rate.parameters ? rate : rate.replaced(by: parameters, nowNs: nowNs)
            } else {
                figures.rate.map { RateCell($0) }
            }
        return LimitCells(figures, rate: next, quotas: quotas)
    }

    /// The counter of a quota, even if the limit has no such quota now.
    package func quota(_ kind: QuotaKind) -> QuotaCell { quotas[kind.rawValue] }

    /// What is used and left of the limit; takes nothing.
    package func standing(at moment: LimitMoment) -> [LimitStanding] {
        var all: [LimitStanding] = []
        if let rate { all.append(LimitStanding(rate.standing(nowNs: moment.nowNs))) }
        for kind in QuotaKind.allCases where has(kind.rawValue) {
            all.append(LimitStanding(kind, max: most[kind.rawValue], quota(kind), moment))
        }
        return all
    }

    /// Adds an amount, which may be negative, to the limit's budgets in those periods.
    func settle(by amount: Int64, day: UInt32, month: UInt32) {
        if has(QuotaKind.dayCost.rawValue) { quota(.dayCost).adjust(by: amount, period: day) }
        if has(QuotaKind.monthCost.rawValue) { quota(.monthCost).adjust(by: amount, period: month) }
    }

    @inline(__always)
    private func has(_ index: Int) -> Bool { kinds & 1 << UInt8(truncatingIfNeeded: index) != 0 }

    // MARK: For sets of limits

    /// The counters as `isOpen` saw them, for `take`; after `take`, what to give back.
    struct Look {
        /// The rate's word before a permit was taken, and after.
        var rate: UInt128 = 0
        var rateAfter: UInt128 = 0
        /// In the order of `QuotaKind`.
        var quotas = InlineArray<4, UInt64>(repeating: 0)
        /// The periods in which a call was counted.
        var day: UInt32 = 0
        var month: UInt32 = 0
    }

    /// Whether the limit allows one more call; fills `look`.
    @inline(__always)
    func isOpen(at moment: LimitMoment, _ look: inout Look) -> Bool {
        if let rate {
            look.rate = rate.load()
            guard rate.isOpen(look.rate, moment.nowNs) else { return false }
        }
        if kinds == 0 { return true }
        for index in 0..<4 where has(index) {
            let quota = quotas[index]
            look.quotas[index] = quota.load(Self.period(index, moment))
            guard quota.count(look.quotas[index]) < most[index] else { return false }
        }
        return true
    }

    /// Takes one call from each counter, or from none.
    /// - Parameter nanoUSD: the amount that is taken from budgets.
    @inline(__always)
    func take(at moment: LimitMoment, nanoUSD: UInt64, _ look: inout Look) -> Bool {
        if let rate {
            guard let permit = rate.take(nowNs: moment.nowNs, expecting: look.rate) else { return false }
            look.rate = permit.before
            look.rateAfter = permit.after
        }
        if kinds == 0 { return true }
        look.day = moment.day
        look.month = moment.month
        for index in 0..<4 where has(index) {
            let isTaken = quotas[index].take(
                Self.amount(index, nanoUSD),
                period: Self.period(index, moment),
                limit: most[index],
                expecting: look.quotas[index]
            )
            guard isTaken else {
                giveBack(look, nanoUSD: nanoUSD, quotas: index)
                return false
            }
        }
        return true
    }

    /// Undoes the `take` that filled that look.
    func giveBack(_ look: Look, nanoUSD: UInt64) { giveBack(look, nanoUSD: nanoUSD, quotas: 4) }

    /// Gives back the rate's permit, and the first `count` quotas.
    private func giveBack(_ look: Look, nanoUSD: UInt64, quotas count: Int) {
        rate?.giveBack(RateCell.Taken(before: look.rate, after: look.rateAfter))
        for index in 0..<count where has(index) {
            quotas[index].giveBack(
                Self.amount(index, nanoUSD),
                period: index & 1 == 0 ? look.day : look.month
            )
        }
    }

    /// The amount to take from a quota: 1 from calls; costs are the last two kinds.
    @inline(__always)
    private static func amount(_ index: Int, _ nanoUSD: UInt64) -> UInt64 { index < 2 ? 1 : nanoUSD }

    /// The period of a quota: kinds alternate between day and month.
    @inline(__always)
    private static func period(_ index: Int, _ moment: LimitMoment) -> UInt32 {
        index & 1 == 0 ? moment.day : moment.month
    }
}
