/// What a limit counts in UTC days and months: calls, or their cost.
package enum QuotaKind: Int, Sendable, CaseIterable {
    case dayCalls, monthCalls
    /// In billionths of a US dollar: a budget.
    case dayCost, monthCost

    package init(_ period: QuotaPeriod, isCost: Bool) {
        switch period {
        case .day: self = isCost ? .dayCost : .dayCalls
        case .month: self = isCost ? .monthCost : .monthCalls
        }
    }

    package var period: QuotaPeriod {
        switch self {
        case .dayCalls, .dayCost: .day
        case .monthCalls, .monthCost: .month
        }
    }

    package var isCost: Bool { self == .dayCost || self == .monthCost }

    /// The start of the store's names for periods of the kind: `day:`, `usd-month:`.
    package var prefix: String { (isCost ? Self.costPrefix : "") + period.rawValue + ":" }

    /// The period of that number as the store names it: `day:2026-11-21`, `usd-month:2026-11`.
    package func text(of number: UInt32) -> String {
        (isCost ? Self.costPrefix : "") + period.text(of: number)
    }

    /// The period that `text(of:)` writes as this text; nil for any other text.
    package static func parse(_ text: String) -> (kind: QuotaKind, number: UInt32)? {
        let isCost = text.utf8.starts(with: costPrefix.utf8)
        let rest = isCost ? String(text.dropFirst(costPrefix.count)) : text
        return QuotaPeriod.parse(rest).map { (QuotaKind($0.period, isCost: isCost), $0.number) }
    }

    private static let costPrefix = "usd-"
}
