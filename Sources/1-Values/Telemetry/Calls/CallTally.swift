/// Calls of one target in a span of time: how they ended, and how long they took.
///
/// A call counts if its function was asked and its end says something about the target. Calls that a limit or a check
/// refused, and calls whose caller went away, are counted by their outcome alone.
package struct CallTally: Sendable, Equatable {
    /// [outcome]
    private var outcomes = InlineArray<11, UInt32>(repeating: 0)
    /// The durations of the calls as their callers saw them, from the request to its answer.
    package private(set) var durations = QuantileSketch()

    package init() {}

    init(_ outcomes: InlineArray<11, UInt32>, _ durations: QuantileSketch) {
        self.outcomes = outcomes
        self.durations = durations
    }

    package func count(_ outcome: CallOutcome) -> Int { Int(outcomes[outcome.rawValue]) }

    /// How many calls count.
    package var calls: Int { sum { $0.isCall } }
    /// Of `calls`, those that didn't end well, whatever the cause.
    package var errors: Int { calls - count(.ok) }
    /// Of `errors`, those without any answer from the tool.
    package var faults: Int { errors - count(.toolError) }

    package var isEmpty: Bool { CallOutcome.allCases.allSatisfy { count($0) == 0 } }

    /// Errors per hundred calls, rounded, but 0 only without errors and 100 only without successes; nil without calls.
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
    /// Whether a call with this outcome says something about its target.
    package var isCall: Bool {
        switch self {
        case .ok, .toolError, .functionError, .timedOut, .throttled, .unreachable, .badAnswer: true
        case .refused, .limited, .tooBusy, .cancelled: false
        }
    }
}
