/// The counters of one limit: a rate, quotas and budgets of a day and of a month, whichever it has. Any thread.
///
/// Immutable but for the counts. A limit whose figures changed has a new value with `changed`, which goes on counting
/// where the old one was, also for those who still use that.
package final class LimitCells: Sendable {
    /// What a limit allows.
    package struct Figures: Sendable, Equatable {
        package var rate: RateParameters?
        /// Calls in a day; what is over `QuotaCell.countMax` counts as that.
        package var dayQuota: Int?
        package var monthQuota: Int?
        /// Billionths of a US dollar in a day; what is over `QuotaCell.costMax` counts as that.
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

        /// nil when there is no quota of the kind.
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
    /// In the order of `QuotaKind`. Kept while the limit has no such quota, so that one set again goes on counting.
    private let quotas: InlineArray<4, QuotaCell>
    /// In the same order; 0 where there is no such quota.
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
    /// A rate that is taken away and set again later starts anew: it would have rested meanwhile.
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

    /// The counter of a quota, whether there is such a quota now or not.
    package func quota(_ kind: QuotaKind) -> QuotaCell { quotas[kind.rawValue] }

    /// How the limit stands, taking nothing.
    package func standing(at moment: LimitMoment) -> [LimitStanding] {
        var all: [LimitStanding] = []
        if let rate { all.append(LimitStanding(rate.standing(nowNs: moment.nowNs))) }
        for kind in QuotaKind.allCases where has(kind.rawValue) {
            all.append(LimitStanding(kind, max: most[kind.rawValue], quota(kind), moment))
        }
        return all
    }

    /// Counts more or less of the budgets that the limit has, in those periods.
    func settle(by amount: Int64, day: UInt32, month: UInt32) {
        if has(QuotaKind.dayCost.rawValue) { quota(.dayCost).adjust(by: amount, period: day) }
        if has(QuotaKind.monthCost.rawValue) { quota(.monthCost).adjust(by: amount, period: month) }
    }

    @inline(__always)
    private func has(_ index: Int) -> Bool { kinds & 1 << UInt8(truncatingIfNeeded: index) != 0 }

    // MARK: For sets of limits

    /// What a look saw, to be taken from; once taken, what to give back.
    struct Look {
        /// Before, and after it was taken.
        var rate: UInt128 = 0
        var rateAfter: UInt128 = 0
        /// In the order of `QuotaKind`.
        var quotas = InlineArray<4, UInt64>(repeating: 0)
        /// The periods in which a call was counted.
        var day: UInt32 = 0
        var month: UInt32 = 0
    }

    /// Whether one more call may go; fills `look`.
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

    /// Takes one call of each counter, or of none.
    /// - Parameter nanoUSD: what is taken of budgets.
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

    /// Takes back a `take` with that look.
    func giveBack(_ look: Look, nanoUSD: UInt64) { giveBack(look, nanoUSD: nanoUSD, quotas: 4) }

    /// The rate, and of the quotas the first ones.
    private func giveBack(_ look: Look, nanoUSD: UInt64, quotas count: Int) {
        rate?.giveBack(RateCell.Taken(before: look.rate, after: look.rateAfter))
        for index in 0..<count where has(index) {
            quotas[index].giveBack(
                Self.amount(index, nanoUSD),
                period: index & 1 == 0 ? look.day : look.month
            )
        }
    }

    /// Of calls one; costs are the last two.
    @inline(__always)
    private static func amount(_ index: Int, _ nanoUSD: UInt64) -> UInt64 { index < 2 ? 1 : nanoUSD }

    /// Days and months take turns.
    @inline(__always)
    private static func period(_ index: Int, _ moment: LimitMoment) -> UInt32 {
        index & 1 == 0 ? moment.day : moment.month
    }
}
