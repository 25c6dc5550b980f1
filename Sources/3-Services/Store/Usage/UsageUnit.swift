import Calendar

/// A step of time that usage is summed by, with its numbers since 1970.
enum UsageUnit {
    case hour, day, month

    func number(ofHour hour: Int64) -> Int64 {
        switch self {
        case .hour: return hour
        case .day: return hour / 24
        case .month:
            let date = UTCDay(daysSince1970: Int(hour / 24)).date
            return Int64((date.year - 1970) * 12 + date.month - 1)
        }
    }

    func startHour(of number: Int64) -> Int64 {
        switch self {
        case .hour: number
        case .day: number * 24
        case .month: Int64(UTCDay.daysSince1970(year: 1970, month: Int(number) + 1)) * 24
        }
    }
}

extension UsageQuery {
    /// The smallest unit of time that sums are split by; nil for none.
    var unit: UsageUnit? {
        by.contains(.hour) ? .hour : by.contains(.day) ? .day : by.contains(.month) ? .month : nil
    }

    /// The span that must be read as well, for comparison: the time before; where sums are split by time, the unit
    /// before the first one.
    var comparedSpan: UsageSpan? {
        guard let unit else { return span.before }
        guard let since = span.sinceHour else { return nil }
        let number = unit.number(ofHour: since)
        guard number > 0, unit.startHour(of: number) == since else { return nil }
        return UsageSpan(sinceHour: unit.startHour(of: number - 1), untilHour: since, nowMs: span.nowMs)
    }

    /// Whether the unit of that number and the one before it are whole, so that they can be compared.
    func isComparable(_ number: Int64, of unit: UsageUnit) -> Bool {
        let (start, end) = (unit.startHour(of: number), unit.startHour(of: number + 1))
        let until = min(span.untilHour ?? .max, span.nowMs / UsageSpan.hourMs)
        guard end <= until, number > 0 else { return false }
        guard let since = span.sinceHour else { return true }
        let from = comparedSpan?.sinceHour ?? since
        return start >= since && unit.startHour(of: number - 1) >= from
    }
}
