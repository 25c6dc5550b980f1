import Synchronization

/// How a call ended.
package enum CallOutcome: Int, Sendable, CaseIterable {
    /// A result that is not an error.
    case ok
    /// A result with `isError`, made by the tool itself.
    case toolError
    /// The function raised, exited or ran out of memory.
    case functionError
    /// The function, or the gateway's own deadline, ran out of time.
    case timedOut
    /// Lambda refused for load.
    case throttled
    /// Lambda could not be reached or refused for another reason.
    case unreachable
    /// The function's answer was not what its contract asks for.
    case badAnswer
    /// The arguments or the request were refused before the function was called.
    case refused
    /// A rate or quota was exceeded.
    case limited
    /// Too many calls in flight, or an open circuit.
    case tooBusy
    /// The caller went away.
    case cancelled

    /// The label's value.
    package var label: String {
        switch self {
        case .ok: "ok"
        case .toolError: "tool_error"
        case .functionError: "function_error"
        case .timedOut: "timed_out"
        case .throttled: "throttled"
        case .unreachable: "unreachable"
        case .badAnswer: "bad_answer"
        case .refused: "refused"
        case .limited: "limited"
        case .tooBusy: "too_busy"
        case .cancelled: "cancelled"
        }
    }
}

/// One target's figures, shared by its tools.
package final class TargetMetrics: Sendable {
    package let target: String
    package let inFlight = Gauge()
    package let upstream = Histogram(.upstream)
    /// How its calls go lately.
    package let calls = TargetCalls()
    /// Which versions of its functions run.
    package let versions = TargetVersions()

    init(target: String) { self.target = target }
}

/// One tool's handle for recording calls, resolved once when a snapshot is made.
///
/// Recording is a handful of relaxed atomic adds: no lock, no allocation, any thread.
package final class CallMetrics: Sendable {
    package let tool: String
    package let target: TargetMetrics
    /// What its calls cost lately.
    package let recentCost = RecentCost()
    private let own: Histogram
    private let outcomes = InlineArray<11, Atomic<UInt64>> { _ in Atomic(0) }

    init(tool: String, target: TargetMetrics, own: Histogram) {
        self.tool = tool
        self.target = target
        self.own = own
    }

    /// A call begins; exactly one `ended` follows.
    package func began() { target.inFlight.add() }

    /// A call that had begun is over.
    ///
    /// `ownNanoseconds` is all its time but the upstream's; `upstreamNanoseconds` is `nil` when Lambda
    /// wasn't asked.
    package func ended(_ outcome: CallOutcome, ownNanoseconds: UInt64, upstreamNanoseconds: UInt64?) {
        target.inFlight.subtract()
        outcomes[outcome.rawValue].wrappingAdd(1, ordering: .relaxed)
        own.observe(nanoseconds: ownNanoseconds)
        if let upstreamNanoseconds { target.upstream.observe(nanoseconds: upstreamNanoseconds) }
        target.calls.ended(outcome, nanoseconds: ownNanoseconds &+ (upstreamNanoseconds ?? 0))
    }

    /// Why a call that ended in an error did. Takes a lock.
    /// - Parameters:
    ///   - text: one sentence for an operator.
    ///   - atMs: since 1970.
    package func failed(code: String, text: String, atMs: Int64) {
        target.calls.failed(CallError(code: code, text: text, tool: tool, atMs: atMs))
    }

    package func count(_ outcome: CallOutcome) -> UInt64 {
        outcomes[outcome.rawValue].load(ordering: .relaxed)
    }
}
