/// A moment of the calendar, in UTC, for names and log lines.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
package struct WallTime: Equatable, Sendable {
    /// Since 1970.
    package let epochMs: Int64

    package init(epochMs: Int64) { self.epochMs = epochMs }

    private var date: (year: Int64, month: Int64, day: Int64) {
        let days = epochMs.floorDivided(by: 86_400_000) + 719_468
        let era = days.floorDivided(by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private var clock: String {
        let ms = epochMs - epochMs.floorDivided(by: 86_400_000) * 86_400_000
        let (seconds, fraction) = (ms / 1000, ms % 1000)
        let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { pad($0, 2) }
        return "\(parts.joined(separator: ":")).\(pad(fraction, 3))"
    }

    /// `2026-11-21T01:10:18.705` and `suffix`.
    private func text(_ suffix: String) -> String {
        let date = date
        return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T\(clock)\(suffix)"
    }

    /// `2026-11-21T01:10:18.705Z`, as log lines have it.
    package var logStamp: String { text("Z") }

    /// `2026-11-21T01:10:18.705+0000`, as `LastModified` has it.
    package var modifiedStamp: String { text("+0000") }

    /// `2026/11/21`, as names of log streams begin.
    package var logStreamDate: String {
        let date = date
        return "\(pad(date.year, 4))/\(pad(date.month, 2))/\(pad(date.day, 2))"
    }

    private func pad(_ value: Int64, _ count: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// A random UUID in lower case, as request ids are. Source: RFC 9562 §5.4
package func makeRequestID() -> String {
    let bits = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    let high = hex((bits.0 & ~0xF000) | 0x4000)
    let low = hex((bits.1 & ~(0b11 << 62)) | (0b10 << 62))
    return
        "\(high.prefix(8))-\(high.dropFirst(8).prefix(4))-\(high.suffix(4))-\(low.prefix(4))-\(low.suffix(12))"
}

/// 16 lower-case hexadecimal digits.
package func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
