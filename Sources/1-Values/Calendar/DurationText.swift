/// Durations as configuration spells them: a whole number and a unit, `500ms`, `30s`, `5m`, `12h`, `7d`.
package enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Reads digits followed by a unit; `nil` for anything else, and when the milliseconds don't fit in 64 bits.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.utf8.prefix { $0 &- 48 < 10 }
        let name = text.utf8.dropFirst(digits.count)
        guard !digits.isEmpty, let count = Int64(Substring(digits)),
            let unit = units.first(where: { $0.name.utf8.elementsEqual(name) })
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// The shortest spelling that `parse` reads back; parts of a millisecond are dropped.
    package static func spell(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let rest = attoseconds / 1_000_000_000_000_000
        if rest != 0 { return "\(seconds * 1000 + rest)ms" }
        let unit = units.last {
            $0.milliseconds >= 1000 && seconds != 0 && seconds % ($0.milliseconds / 1000) == 0
        }
        return unit.map { "\(seconds / ($0.milliseconds / 1000))\($0.name)" } ?? "\(seconds)s"
    }
}
