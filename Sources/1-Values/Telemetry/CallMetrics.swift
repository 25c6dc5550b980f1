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
    /// Lambda refused the call because of load.
    case throttled
    /// Lambda could not be reached or refused for another reason.
    case unreachable
    /// The function's answer was not what its contract asks for.
    case badAnswer
    /// The arguments or the request were refused before the function was called.
    case refused
    /// A rate or quota was exceeded.
    case limited
    /// Too many calls were in flight.
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

/// One tool's handle for recording calls, resolved once when a snapshot is made.
///
/// Recording is a handful of relaxed atomic adds: no lock, any thread, and no allocation but at a tool's first call with
/// an outcome.
package final class CallMetrics: Sendable {
    package let tool: String
    package let target: TargetMetrics
    /// The recent cost of its calls.
    package let recentCost = RecentCost()
    private let own: OwnHistogram
    private let operations: OperationMetrics
    private let outcomes = InlineArray<11, Atomic<UInt64>> { _ in Atomic(0) }
    /// [outcome]
    private let durations = InlineArray<11, OperationSlot> { _ in OperationSlot() }
    /// How long calls took, finer than in buckets; nil when nobody needs it.
    let sketch: LiveSketch?

    init(
        tool: String,
        target: TargetMetrics,
        own: OwnHistogram,
        operations: OperationMetrics,
        hasSketch: Bool
    ) {
        self.tool = tool
        self.target = target
        self.own = own
        self.operations = operations
        sketch = hasSketch ? LiveSketch() : nil
    }

    /// A call begins; exactly one `ended` follows.
    package func began() { target.inFlight.add() }

    /// A call that had begun is over.
    ///
    /// `ownNanoseconds` is all its time except the upstream's; `upstreamNanoseconds` is `nil` when Lambda
    /// wasn't asked.
    package func ended(_ outcome: CallOutcome, ownNanoseconds: UInt64, upstreamNanoseconds: UInt64?) {
        target.inFlight.subtract()
        outcomes[outcome.rawValue].wrappingAdd(1, ordering: .relaxed)
        own.observe(nanoseconds: ownNanoseconds)
        let whole = ownNanoseconds &+ (upstreamNanoseconds ?? 0)
        let durations = durations(of: outcome)
        durations.server.observe(nanoseconds: whole)
        if let upstreamNanoseconds {
            target.upstream.observe(nanoseconds: upstreamNanoseconds)
            durations.client.observe(nanoseconds: upstreamNanoseconds)
        }
        target.calls.ended(outcome, nanoseconds: whole)
        if outcome.isCall { sketch?.add(nanoseconds: whole) }
    }

    /// Adds the other facts of the same call: how often its function was asked, its size, and its cost.
    package func ended(_ record: borrowing CallRecord) { target.ended(record) }

    /// Records why a call ended in an error. Takes a lock.
    /// - Parameters:
    ///   - text: one sentence for an operator.
    ///   - atMs: since 1970.
    package func failed(code: String, text: String, atMs: Int64) {
        target.calls.failed(CallError(code: code, text: text, tool: tool, atMs: atMs))
    }

    package func count(_ outcome: CallOutcome) -> UInt64 {
        outcomes[outcome.rawValue].load(ordering: .relaxed)
    }

    private func durations(of outcome: CallOutcome) -> CallOperation {
        if let known = durations[outcome.rawValue].load() { return known }
        let made = operations.call(tool: "\(target.target)___\(tool)", outcome)
        return durations[outcome.rawValue].storeIfNil(made)
    }
}
