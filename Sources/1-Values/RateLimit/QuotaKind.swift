/// What a limit counts in UTC days and months: calls, or what they cost.
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

    /// What the store's names of the kind's periods begin with: `day:`, `usd-month:`.
    package var prefix: String { (isCost ? Self.costPrefix : "") + period.rawValue + ":" }

    /// The period of that number as the store names it: `day:2026-11-21`, `usd-month:2026-11`.
    package func text(of number: UInt32) -> String {
        (isCost ? Self.costPrefix : "") + period.text(of: number)
    }

    /// The period of a text that `text(of:)` gives; nil for any other.
    package static func parse(_ text: String) -> (kind: QuotaKind, number: UInt32)? {
        let isCost = text.utf8.starts(with: costPrefix.utf8)
        let rest = isCost ? String(text.dropFirst(costPrefix.count)) : text
        return QuotaPeriod.parse(rest).map { (QuotaKind($0.period, isCost: isCost), $0.number) }
    }

    private static let costPrefix = "usd-"
}
