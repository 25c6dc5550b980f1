/// When a quota or a budget will be used up, if calls go on at the same pace.
///
/// The pace is that of the present period so far and of the periods before, which weigh as much as some hours or days
/// of the present one: they decide in the beginning, and the present period later. Without earlier periods there is no
/// forecast until some of the present one is over.
package enum QuotaForecast {
    /// Milliseconds since 1970, before the end of the present period; nil when the quota lasts until then, or there is
    /// no forecast.
    /// The present time when it is already used up.
    /// - Parameters:
    ///   - limit: calls, or billionths of a US dollar.
    ///   - counts: the count of each period of the kind, by its number; the present one among them.
    ///   - nowMs: since 1970.
    package static func usedUpAtMs(
        _ kind: QuotaKind,
        limit: Int64,
        counts: [UInt32: Int64],
        nowMs: Int64
    ) -> Int64? {
        let number = kind.period.number(atMs: nowMs)
        let used = Double(counts[number] ?? 0)
        // A quota of 0 refuses every call on purpose.
        guard limit > 0 else { return nil }
        guard used < Double(limit) else { return nowMs }
        let startMs = number == 0 ? 0 : kind.period.endMs(of: number - 1)
        let elapsedMs = Double(max(nowMs - startMs, 1))
        let older = olderPace(kind.period, counts, before: number)
        let weightMs = Double(older == nil ? 0 : kind.period.weightMs)
        guard older != nil || elapsedMs >= Double(kind.period.weightMs) / 3 else { return nil }
        let pace = (used + (older ?? 0) * weightMs) / (elapsedMs + weightMs)
        guard pace > 0 else { return nil }
        let leftMs = (Double(limit) - used) / pace
        let endMs = kind.period.endMs(of: number)
        return leftMs < Double(endMs - nowMs) ? nowMs + Int64(leftMs) : nil
    }

    /// The average count per millisecond in the periods before; nil when there are none.
    private static func olderPace(
        _ period: QuotaPeriod,
        _ counts: [UInt32: Int64],
        before number: UInt32
    ) -> Double? {
        guard let first = counts.keys.min(), first < number else { return nil }
        let from = max(first, number > period.olderMax ? number - period.olderMax : 0)
        let count = (from..<number).reduce(0.0) { $0 + Double(max(0, counts[$1] ?? 0)) }
        let startMs = from == 0 ? 0 : period.endMs(of: from - 1)
        return count / Double(max(1, period.endMs(of: number - 1) - startMs))
    }
}

extension QuotaPeriod {
    /// How much of the present period the periods before weigh.
    fileprivate var weightMs: Int64 { self == .day ? 3 * 3_600_000 : 3 * 86_400_000 }

    /// How many periods before are used: 7 days, or 1 month.
    fileprivate var olderMax: UInt32 { self == .day ? 7 : 1 }
}
