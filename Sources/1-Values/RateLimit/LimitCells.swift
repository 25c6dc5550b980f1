/// The counters of one limit: a rate, a quota a day, a quota a month, whichever it has. Any thread.
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

        package init(rate: RateParameters? = nil, dayQuota: Int? = nil, monthQuota: Int? = nil) {
            self.rate = rate
            self.dayQuota = dayQuota
            self.monthQuota = monthQuota
        }

        func quota(_ period: QuotaPeriod) -> UInt64? {
            let quota = period == .day ? dayQuota : monthQuota
            return quota.map { min(UInt64(max(0, $0)), QuotaCell.countMax) }
        }
    }

    package let figures: Figures
    let rate: RateCell?
    /// Kept while the limit has no such quota, so that one set again goes on counting.
    let day: QuotaCell
    let month: QuotaCell
    private let dayMax: UInt64?
    private let monthMax: UInt64?

    /// Counters at zero.
    package convenience init(_ figures: Figures) {
        self.init(figures, rate: figures.rate.map { RateCell($0) }, day: QuotaCell(), month: QuotaCell())
    }

    private init(_ figures: Figures, rate: RateCell?, day: QuotaCell, month: QuotaCell) {
        self.figures = figures
        self.rate = rate
        self.day = day
        self.month = month
        dayMax = figures.quota(.day)
        monthMax = figures.quota(.month)
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
        return LimitCells(figures, rate: next, day: day, month: month)
    }

    /// The counter of a quota, whether there is such a quota now or not.
    package func quota(_ period: QuotaPeriod) -> QuotaCell {
        switch period {
        case .day: day
        case .month: month
        }
    }

    /// How the limit stands, taking nothing.
    package func standing(at moment: LimitMoment) -> [LimitStanding] {
        var all: [LimitStanding] = []
        if let rate { all.append(LimitStanding(rate.standing(nowNs: moment.nowNs))) }
        if let dayMax { all.append(LimitStanding(.day, max: dayMax, day, moment)) }
        if let monthMax { all.append(LimitStanding(.month, max: monthMax, month, moment)) }
        return all
    }

    // MARK: For sets of limits

    /// What a look saw, to be taken from; once taken, what to give back.
    struct Look {
        /// Before, and after it was taken.
        var rate: UInt128 = 0
        var rateAfter: UInt128 = 0
        var day: UInt64 = 0
        var month: UInt64 = 0
        /// The periods in which a call was counted.
        var countedDay: UInt32 = 0
        var countedMonth: UInt32 = 0
    }

    /// Whether one more call may go; fills `look`.
    @inline(__always)
    func isOpen(at moment: LimitMoment, _ look: inout Look) -> Bool {
        if let rate {
            look.rate = rate.load()
            guard rate.isOpen(look.rate, moment.nowNs) else { return false }
        }
        if let dayMax {
            look.day = day.load(moment.day)
            guard QuotaCell.count(look.day) < dayMax else { return false }
        }
        if let monthMax {
            look.month = month.load(moment.month)
            guard QuotaCell.count(look.month) < monthMax else { return false }
        }
        return true
    }

    /// Takes one call of each counter, or of none.
    @inline(__always)
    func take(at moment: LimitMoment, _ look: inout Look) -> Bool {
        if let rate {
            guard let permit = rate.take(nowNs: moment.nowNs, expecting: look.rate) else { return false }
            look.rate = permit.before
            look.rateAfter = permit.after
        }
        if let dayMax {
            guard day.take(period: moment.day, limit: dayMax, expecting: look.day) else {
                rate?.giveBack(RateCell.Taken(before: look.rate, after: look.rateAfter))
                return false
            }
            look.countedDay = moment.day
        }
        if let monthMax {
            guard month.take(period: moment.month, limit: monthMax, expecting: look.month) else {
                rate?.giveBack(RateCell.Taken(before: look.rate, after: look.rateAfter))
                if dayMax != nil { day.giveBack(period: look.countedDay) }
                return false
            }
            look.countedMonth = moment.month
        }
        return true
    }

    /// Takes back a `take` with that look.
    func giveBack(_ look: Look) {
        rate?.giveBack(RateCell.Taken(before: look.rate, after: look.rateAfter))
        if dayMax != nil { day.giveBack(period: look.countedDay) }
        if monthMax != nil { month.giveBack(period: look.countedMonth) }
    }
}
