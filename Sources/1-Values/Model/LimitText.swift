package import Policy

/// Rates as people write them: permits, a slash and a unit, such as `50/s`, `600/minute`, `10/h`.
package enum RateText {
    private static let units: [(names: [String], unit: LimitEntry.Rate.Unit)] = [
        (["s", "second"], .second), (["m", "minute"], .minute), (["h", "hour"], .hour),
    ]

    /// `nil` unless the text is 1 to 7 digits, a slash and a unit. The store checks the figure.
    package static func parse(_ text: String) -> LimitChange.Rate? {
        guard let (permits, name) = countAndUnit(text, digitsMax: 7),
            let unit = units.first(where: { $0.names.contains(name) })
        else { return nil }
        return LimitChange.Rate(permits: permits, per: unit.unit)
    }

    /// The spelling that `parse` reads back: `50/s`.
    package static func spell(_ rate: LimitEntry.Rate) -> String { "\(rate.permits)/\(rate.unit.rawValue)" }
}

/// Quotas as people write them: calls, a slash and a period, such as `100000/day`, `2000000/month`.
package enum QuotaText {
    package enum Period: String, Sendable, CaseIterable { case day, month }

    /// `nil` unless the text is 1 to 13 digits, a slash and a period. The store checks the figure.
    package static func parse(_ text: String) -> (calls: Int, period: Period)? {
        guard let (calls, name) = countAndUnit(text, digitsMax: 13), let period = Period(rawValue: name)
        else { return nil }
        return (calls, period)
    }

    /// The spelling that `parse` reads back: `100000/day`.
    package static func spell(_ calls: Int, per period: Period) -> String { "\(calls)/\(period.rawValue)" }
}

/// `50/s` → 50 and `s`.
private func countAndUnit(_ text: String, digitsMax: Int) -> (Int, String)? {
    let digits = text.utf8.prefix { $0 &- 0x30 < 10 }
    let rest = text.utf8.dropFirst(digits.count)
    guard (1...digitsMax).contains(digits.count), rest.first == UInt8(ascii: "/"),
        let count = Int(Substring(digits))
    else { return nil }
    return (count, String(Substring(rest.dropFirst())))
}
