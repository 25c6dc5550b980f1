import AdminAPI
import REST

/// Sums of calls as a table. A column that isn't fixed is shown only if some row has a value in it.
enum UsageTable {
    private typealias Sum = Answer<UsageSumForm>

    private struct Column: Sendable {
        let heading: Heading
        /// Whether it is always shown.
        var isFixed = false
        let cell: @Sendable (Sum) -> String?
    }

    static func of(_ sums: [Answer<UsageSumForm>], by dimensions: [String], nowMs: Int64) -> Table {
        let shown = figures.filter { column in column.isFixed || sums.contains { column.cell($0) != nil } }
        var table = Table(
            headings: dimensions.map { Heading($0.uppercased()).whole } + shown.map { $0.heading }
        )
        for sum in sums {
            table.add(
                cells: dimensions.map { Cell(name(of: $0, in: sum, isAlone: dimensions.count == 1)) }
                    + shown.map { Cell($0.cell(sum)) },
                nowMs: nowMs
            )
        }
        return table
    }

    private static let figures = [
        Column(heading: "CALLS", isFixed: true) { "\($0.figures.calls)" },
        Column(heading: Heading("± CALLS").yields(.third)) { trend($0.trend.callsTrendPercent) },
        Column(heading: "ERRORS", isFixed: true) { errors($0.figures) },
        Column(heading: Heading("LIMITED").yields(.second), isFixed: true) { "\($0.figures.limited)" },
        Column(heading: Heading("THROTTLED").yields(.first)) { some($0.figures.throttled) },
        Column(heading: Heading("TIME").yields(.first), isFixed: true) {
            durationText(microseconds: $0.figures.durationUs)
        },
        Column(heading: Heading("PER CALL").yields(.third), isFixed: true) { duration($0.figures.meanUs) },
        Column(heading: Heading("P50").yields(.third)) { duration($0.figures.p50Us) },
        Column(heading: "P95") { duration($0.figures.p95Us) },
        Column(heading: "± P95") { trend($0.trend.p95TrendPercent) },
        Column(heading: Heading("P99").yields(.second)) { duration($0.figures.p99Us) },
        Column(heading: Heading("COLD").yields(.second)) { cold($0.figures) },
        Column(heading: Heading("IN").yields(.first)) { bytes($0.figures.bytesIn) },
        Column(heading: Heading("OUT").yields(.first)) { bytes($0.figures.bytesOut) },
        Column(heading: Heading("BILLED").yields(.first)) { billed($0.figures) },
        Column(heading: "USD") { money($0.figures) },
        Column(heading: Heading("± USD").yields(.second)) { trend($0.trend.costTrendPercent) },
    ]

    /// The name that a sum has in a dimension. A server of an earlier version sends only one.
    private static func name(of dimension: String, in sum: Sum, isAlone: Bool) -> String? {
        let named: String? =
            switch dimension {
            case "tenant": sum.tenant
            case "key": sum.key
            case "target": sum.target
            case "tool": sum.tool
            case "outcome": sum.outcome
            case "hour": sum.hour
            case "day": sum.day
            default: sum.month
            }
        return named ?? (isAlone ? sum.name : nil)
    }

    private static func errors(_ figures: Answer<UsageFiguresForm>) -> String {
        guard figures.errors > 0, let percent = figures.errorPercent else { return "\(figures.errors)" }
        return "\(figures.errors) (\(percent) %)"
    }

    /// The share of cold starts among the calls for which it's known.
    private static func cold(_ figures: Answer<UsageFiguresForm>) -> String? {
        guard figures.reported > 0 else { return nil }
        let percent = Int(min(100, max(0, Double(figures.coldStarts) / Double(figures.reported) * 100)))
        return figures.coldStarts > 0 && percent == 0 ? "<1 %" : "\(percent) %"
    }

    private static func money(_ figures: Answer<UsageFiguresForm>) -> String? {
        let cost = figures.costNanoUSD
        guard cost > 0 || figures.calls > figures.unpriced else { return nil }
        let isExact = figures.estimatedNanoUSD == 0 && figures.unpriced == 0
        return (isExact ? "" : "~") + moneyText(nanoUSD: cost)
    }

    private static func billed(_ figures: Answer<UsageFiguresForm>) -> String? {
        figures.reported > 0 ? durationText(microseconds: min(figures.billedMs, .max / 1_000) * 1_000) : nil
    }

    private static func duration(_ microseconds: Int?) -> String? {
        microseconds.map { durationText(microseconds: $0) }
    }

    private static func trend(_ percent: Int?) -> String? {
        percent.map { $0 > 0 ? "+\($0) %" : $0 < 0 ? "−\($0.magnitude) %" : "0 %" }
    }

    private static func some(_ count: Int) -> String? { count > 0 ? "\(count)" : nil }

    private static func bytes(_ count: Int) -> String? { count > 0 ? bytesText(count) : nil }
}

/// An amount of money for people, in US dollars with three figures or cents: `1234.50`, `0.0123`, `0.00000123`.
func moneyText(nanoUSD: Int) -> String {
    // A server may send any number.
    let nanoUSD = min(max(0, nanoUSD), .max / 2)
    if nanoUSD == 0 { return "0" }
    // From a hundredth of a cent on, digits beyond the third are rounded away.
    var unit = 1
    while nanoUSD / unit >= 1_000, unit < 10_000_000 { unit *= 10 }
    let rounded = (nanoUSD + unit / 2) / unit * unit
    let (whole, rest) = rounded.quotientAndRemainder(dividingBy: 1_000_000_000)
    var digits = String(String(1_000_000_000 + rest).dropFirst())
    while digits.count > 2, digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits)"
}

/// A number of bytes for people: `512 B`, `1.2 kB`, `34 MB`.
func bytesText(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(count), 0)
    while value >= 999.5, unit < units.count - 1 {
        value /= 1_000
        unit += 1
    }
    if unit == 0 || value >= 9.95 { return "\(Int(value.rounded())) \(units[unit])" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
}

/// A time for people, rounded to tenths, or to whole minutes: `0.4 ms`, `87.3 ms`, `4.2 s`, `12 min`, `3.4 h`.
func durationText(microseconds: Int) -> String {
    let units: [(name: String, microseconds: Int, upTo: Int)] = [
        ("ms", 1_000, 1_000_000), ("s", 1_000_000, 600_000_000), ("min", 60_000_000, 36_000_000_000),
        ("h", 3_600_000_000, .max),
    ]
    for unit in units where microseconds < unit.upTo {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: unit.microseconds)
        // Rounded to tenths.
        let tenths = whole * 10 + (rest * 10 + unit.microseconds / 2) / unit.microseconds
        return tenths % 10 == 0 && tenths >= 1_000 || unit.name == "min"
            ? "\((tenths + 5) / 10) \(unit.name)" : "\(tenths / 10).\(tenths % 10) \(unit.name)"
    }
    return "\(microseconds)"
}
