/// What some calls sum up to.
///
/// Two sums make the sum of both, in any order and without a loss: those of minutes make hours and days, those of loops and
/// servers make one. Additions wrap around instead of ending the process.
package struct UsageFigures: Sendable, Equatable {
    package var calls = 0
    /// Of `calls`: all that didn't end well.
    package var errors = 0
    /// Turned away by a limit; not among `calls`, and nothing else of them is counted.
    package var limited = 0
    /// Of `calls`: those that Lambda refused for load.
    package var throttled = 0
    /// Of `calls`: those of which Lambda reported what they took.
    package var reported = 0
    /// Of `reported`: those for which the function had to be started.
    package var coldStarts = 0
    /// Of `calls`: those whose cost isn't known, as there was no price for it; they are in no sum of money.
    package var unpriced = 0
    /// The bodies of the callers' messages.
    package var bytesIn = 0
    /// The bodies of the answers to the callers.
    package var bytesOut = 0
    /// Of `reported` calls.
    package var billedMs = 0
    /// What Lambda reported, in billionths of a US dollar.
    package var measuredNanoUSD = 0
    /// What is taken to be the cost of the other calls, in billionths of a US dollar.
    package var estimatedNanoUSD = 0
    /// Of all calls together, in microseconds, as the callers saw them.
    package var durationUs = 0
    /// Of the calls that their function was asked for, as the callers saw them.
    package var durations = QuantileSketch()

    package init() {}

    /// Nothing was counted.
    package var isEmpty: Bool { calls == 0 && limited == 0 }

    /// Measured or estimated, in billionths of a US dollar.
    package var costNanoUSD: Int { measuredNanoUSD &+ estimatedNanoUSD }

    /// Of one call, in microseconds, rounded; nil without calls.
    package var meanUs: Int? { calls > 0 ? (durationUs &+ calls / 2) / calls : nil }

    /// Errors in a hundred calls, rounded, but 0 and 100 only when there are none and nothing else; nil without calls.
    package var errorPercent: Int? { percent(of: calls, errors) }

    /// Cold starts in a hundred reported calls, in the same way.
    package var coldStartPercent: Int? { percent(of: reported, coldStarts) }

    /// The duration that a share of the calls didn't exceed, in microseconds; nil when none was taken.
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

/// A part in hundredths of the whole, rounded, but 0 and 100 only when it's none and all; nil of nothing.
private func percent(of whole: Int, _ part: Int) -> Int? {
    guard whole > 0 else { return nil }
    if part <= 0 || part >= whole { return part <= 0 ? 0 : 100 }
    return min(99, max(1, Int((Double(part) / Double(whole) * 100).rounded())))
}
