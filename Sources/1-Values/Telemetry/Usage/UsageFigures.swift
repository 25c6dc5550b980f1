/// The sums over some calls.
///
/// Two values merge into the sum of both, in any order and without a loss: minutes make hours and days, loops and
/// servers make one total. Additions wrap around instead of ending the process.
package struct UsageFigures: Sendable, Equatable {
    package var calls = 0
    /// How many of `calls` didn't end well.
    package var errors = 0
    /// Calls that a limit refused; they aren't among `calls`, and nothing else of them is counted.
    package var limited = 0
    /// How many of `calls` Lambda refused because of load.
    package var throttled = 0
    /// For how many of `calls` Lambda reported the time and memory.
    package var reported = 0
    /// How many of `reported` were cold starts.
    package var coldStarts = 0
    /// How many of `calls` have an unknown cost, as there was no price; they are in no sum of money.
    package var unpriced = 0
    /// The size of the bodies of the callers' messages.
    package var bytesIn = 0
    /// The size of the bodies of the answers to the callers.
    package var bytesOut = 0
    /// The billed time of the `reported` calls.
    package var billedMs = 0
    /// The cost by Lambda's reports, in billionths of a US dollar.
    package var measuredNanoUSD = 0
    /// The estimated cost of the other calls, in billionths of a US dollar.
    package var estimatedNanoUSD = 0
    /// The total duration of all calls, in microseconds, as the callers saw it.
    package var durationUs = 0
    /// The durations of the calls whose function was asked, as the callers saw them.
    package var durations = QuantileSketch()

    package init() {}

    /// Whether nothing was counted.
    package var isEmpty: Bool { calls == 0 && limited == 0 }

    /// The cost, measured or estimated, in billionths of a US dollar.
    package var costNanoUSD: Int { measuredNanoUSD &+ estimatedNanoUSD }

    /// The mean duration of a call, in microseconds, rounded; nil without calls.
    package var meanUs: Int? { calls > 0 ? (durationUs &+ calls / 2) / calls : nil }

    /// Errors per hundred calls, rounded, but 0 only without errors and 100 only without successes; nil without calls.
    package var errorPercent: Int? { percent(of: calls, errors) }

    /// Cold starts per hundred reported calls, in the same way.
    package var coldStartPercent: Int? { percent(of: reported, coldStarts) }

    /// The duration that a share `quantile` of the calls didn't exceed, in microseconds; nil when none was measured.
    package func durationUs(quantile: Double) -> Int? {
        durations.nanoseconds(quantile: quantile).map { Int(clamping: ($0 + 500) / 1_000) }
    }

    /// Adds a call that ended. On the path of every call.
    package mutating func add(_ call: CallRecord, _ outcome: CallOutcome) {
        if outcome == .limited {
            limited &+= 1
            return
        }
        calls &+= 1
        if outcome != .ok { errors &+= 1 }
        if outcome == .throttled { throttled &+= 1 }
        bytesIn &+= Int(call.bytesIn)
        bytesOut &+= Int(call.bytesOut)
        durationUs &+= Int(call.endedUs)
        if call.flags.contains(.isReported) {
            reported &+= 1
            if call.flags.contains(.isColdStart) { coldStarts &+= 1 }
            billedMs &+= Int(call.billedMs)
            measuredNanoUSD &+= Int(call.costNanoUSD)
        } else {
            estimatedNanoUSD &+= Int(call.costNanoUSD)
        }
        if call.flags.contains(.hasNoCost) { unpriced &+= 1 }
        if outcome.isCall { durations.add(nanoseconds: UInt64(call.endedUs) * 1_000) }
    }

    package mutating func merge(_ other: UsageFigures) {
        mergeCounts(other)
        durations.merge(other.durations)
    }

    private mutating func mergeCounts(_ other: UsageFigures) {
        calls &+= other.calls
        errors &+= other.errors
        limited &+= other.limited
        throttled &+= other.throttled
        reported &+= other.reported
        coldStarts &+= other.coldStarts
        unpriced &+= other.unpriced
        bytesIn &+= other.bytesIn
        bytesOut &+= other.bytesOut
        billedMs &+= other.billedMs
        measuredNanoUSD &+= other.measuredNanoUSD
        estimatedNanoUSD &+= other.estimatedNanoUSD
        durationUs &+= other.durationUs
    }
}

/// The part in percent of the whole, rounded, but 0 only for nothing and 100 only for all; nil when the whole is 0.
private func percent(of whole: Int, _ part: Int) -> Int? {
    guard whole > 0 else { return nil }
    if part <= 0 || part >= whole { return part <= 0 ? 0 : 100 }
    return min(99, max(1, Int((Double(part) / Double(whole) * 100).rounded())))
}
