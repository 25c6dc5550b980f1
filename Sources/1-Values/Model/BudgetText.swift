/// Amounts of US dollars as people write them, exact to the billionth: `50`, `0.25`, `0.000002283`.
package enum DollarText {
    package static let nanoUSD: Int64 = 1_000_000_000

    /// Reads 1 to 9 digits, optionally with a point and up to 9 more; nil for anything else.
    package static func parse(_ text: some StringProtocol) -> Int64? {
        let parts = text.utf8.split(
            separator: UInt8(ascii: "."),
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard let whole = digits(parts[0]) else { return nil }
        if parts.count == 1 { return whole * nanoUSD }
        guard var rest = digits(parts[1]) else { return nil }
        for _ in parts[1].count..<9 { rest *= 10 }
        return whole * nanoUSD + rest
    }

    /// The spelling that `parse` reads back, with as many digits as it needs.
    package static func spell(_ nanoUSD: Int64) -> String {
        let (whole, rest) = nanoUSD.magnitude.quotientAndRemainder(dividingBy: UInt64(Self.nanoUSD))
        let sign = nanoUSD < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        var digits = String(String(UInt64(Self.nanoUSD) + rest).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }

    private static func digits(_ text: some Collection<UInt8>) -> Int64? {
        guard 1...9 ~= text.count, text.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}

/// Budgets as people write them: US dollars, a slash and a period, such as `50usd/month`, `0.25usd/day`.
package enum BudgetText {
    /// The bounds of one budget, in billionths of a US dollar: 250,000 dollars at most.
    package static let bounds: ClosedRange<Int64> = 1...250_000 * DollarText.nanoUSD

    /// `nil` unless the text is an amount, `usd`, a slash and a period. The store checks the figure.
    package static func parse(_ text: String) -> (nanoUSD: Int64, period: QuotaText.Period)? {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let period = QuotaText.Period(rawValue: String(halves[1])),
            let nanoUSD = parse(amount: halves[0])
        else { return nil }
        return (nanoUSD, period)
    }

    /// Reads an amount such as `50usd`; nil for anything else.
    package static func parse(amount text: some StringProtocol) -> Int64? {
        text.utf8.suffix(unit.utf8.count).elementsEqual(unit.utf8)
            ? DollarText.parse(text.dropLast(unit.count)) : nil
    }

    /// The spelling that `parse` reads back: `50usd/month`.
    package static func spell(_ nanoUSD: Int64, per period: QuotaText.Period) -> String {
        "\(DollarText.spell(nanoUSD))\(unit)/\(period.rawValue)"
    }

    private static let unit = "usd"
}
