/// Calls of one target in a span of time: how they ended, and how long they took.
///
/// What counts as a call is one that its function was asked for, and that tells something about it. Calls that a limit
/// or a check turned away, and calls whose caller went away, are counted by their outcome alone.
package struct CallTally: Sendable, Equatable {
    /// [outcome]
    private var outcomes = InlineArray<11, UInt32>(repeating: 0)
    /// Of the calls as their callers saw them, from the request to its answer.
    package private(set) var durations = QuantileSketch()

    package init() {}

    init(_ outcomes: InlineArray<11, UInt32>, _ durations: QuantileSketch) {
        self.outcomes = outcomes
        self.durations = durations
    }

    package func count(_ outcome: CallOutcome) -> Int { Int(outcomes[outcome.rawValue]) }

    /// How many there were.
    package var calls: Int { sum { $0.isCall } }
    /// Of `calls`: all that didn't end well, whoever is to blame.
    package var errors: Int { calls - count(.ok) }
    /// Of `errors`: those that are no answer of the tool's at all.
    package var faults: Int { errors - count(.toolError) }

    package var isEmpty: Bool { CallOutcome.allCases.allSatisfy { count($0) == 0 } }

    /// Errors in a hundred calls, rounded, but 0 and 100 only when there are none and nothing else; nil without calls.
    package var errorPercent: Int? {
        let (calls, errors) = (calls, errors)
        guard calls > 0 else { return nil }
        if errors == 0 || errors == calls { return errors == 0 ? 0 : 100 }
        return min(99, max(1, (200 * errors + calls) / (2 * calls)))
    }

    package mutating func merge(_ other: CallTally) {
        for index in outcomes.indices { outcomes[index] &+= other.outcomes[index] }
        durations.merge(other.durations)
    }

    private func sum(_ isCounted: (CallOutcome) -> Bool) -> Int {
        CallOutcome.allCases.reduce(0) { $0 + (isCounted($1) ? count($1) : 0) }
    }

    package static func == (one: CallTally, other: CallTally) -> Bool {
        one.durations == other.durations
            && CallOutcome.allCases.allSatisfy { one.count($0) == other.count($0) }
    }
}

extension CallOutcome {
    /// Whether a call that ended so says something about its target.
    package var isCall: Bool {
        switch self {
        case .ok, .toolError, .functionError, .timedOut, .throttled, .unreachable, .badAnswer: true
        case .refused, .limited, .tooBusy, .cancelled: false
        }
    }
}
