/// The state of one function process, and the driver's next step for each event.
///
/// This type does no I/O: the driver owns the process, the clock and the connections. An invocation is identified by
/// its request id and belongs to one process at a time; a process has at most one. Source: AWS Lambda developer guide,
/// "Runtime API"
package struct ProcessLife: Equatable, Sendable {
    package enum Phase: Equatable, Sendable {
        /// The process hasn't asked for an event yet; the value is the invocation that it was started for.
        case starting(String)
        /// The runtime waits in `next`.
        case idle
        /// The process has the event of an invocation and hasn't answered yet.
        case busy(String)
        /// The process streams the answer of an invocation.
        case streaming(String)
        /// The process has answered, or broken off its request, and must ask for its next event; the value is the
        /// invocation assigned to it meanwhile, if any.
        case returning(String?)
        /// The process has ended or was told to end.
        case ended
    }

    /// The action that the driver must take.
    package enum Step: Equatable, Sendable {
        case nothing
        /// Hold the runtime's request until there is an event.
        case park
        /// Hand over the event of that invocation.
        case deliver(String)
        /// The runtime's body is the invocation's answer.
        case finish(String)
        /// The invocation has failed, and the process must be killed.
        case fail(String, FunctionError)
        /// The function never saw the event, so another process must take it.
        case reassign(String)
        /// The runtime's request isn't allowed in this state: 403 InvalidStateTransition.
        case refuse
        /// The runtime named an invocation that it doesn't have: 400 InvalidRequestID.
        case unknownID
    }

    package private(set) var phase: Phase

    /// A process that is being started for an invocation.
    package init(startingFor id: String) { phase = .starting(id) }

    /// Whether an invocation may be assigned.
    package var isAvailable: Bool { phase == .idle || phase == .returning(nil) }

    /// The process's current or assigned invocation.
    package var invocation: String? {
        switch phase {
        case .starting(let id), .busy(let id), .streaming(let id): id
        case .returning(let id): id
        case .idle, .ended: nil
        }
    }

    /// Assigns the next invocation to the process, which must be available.
    package mutating func assign(_ id: String) -> Step {
        precondition(isAvailable, "the process has an invocation or is gone")
        guard phase == .idle else {
            phase = .returning(id)
            return .nothing
        }
        phase = .busy(id)
        return .deliver(id)
    }

    /// The runtime asks for an event.
    package mutating func asksForNext() -> Step {
        switch phase {
        case .starting(let id), .returning(.some(let id)):
            phase = .busy(id)
            return .deliver(id)
        case .returning(.none), .idle:
            phase = .idle
            return .park
        case .busy, .streaming, .ended: return .refuse
        }
    }

    /// The runtime broke off its request for an event; it has to ask again.
    package mutating func gaveUp() {
        if phase == .idle { phase = .returning(nil) }
    }

    /// The runtime sends the answer, or the error, of an invocation.
    package mutating func answers(_ id: String) -> Step {
        guard case .busy(let current) = phase else { return .refuse }
        guard current == id else { return .unknownID }
        phase = .returning(nil)
        return .finish(id)
    }

    /// The runtime begins to stream the answer of an invocation.
    package mutating func beginsStream(_ id: String) -> Step {
        guard case .busy(let current) = phase else { return .refuse }
        guard current == id else { return .unknownID }
        phase = .streaming(id)
        return .nothing
    }

    /// The streamed answer has come to its end.
    package mutating func endsStream(_ id: String) -> Step {
        guard phase == .streaming(id) else { return .refuse }
        phase = .returning(nil)
        return .finish(id)
    }

    /// The runtime could not initialize; it is about to exit.
    package mutating func reportsInitError() -> Step {
        guard case .starting(let id) = phase else { return .refuse }
        phase = .ended
        return .finish(id)
    }

    /// The invocation has reached its timeout.
    package mutating func timedOut(_ id: String, afterSeconds seconds: Int) -> Step {
        failed(id, .timedOut(seconds: seconds))
    }

    /// The invocation has failed for a reason that the process doesn't outlive.
    package mutating func failed(_ id: String, _ error: FunctionError) -> Step {
        guard invocation == id else { return .nothing }
        phase = .ended
        return .fail(id, error)
    }

    /// The process could not be started.
    package mutating func couldNotStart(why: String) -> Step {
        let id = abandon()
        return id.map { .fail($0, .notStarted(why: why)) } ?? .nothing
    }

    /// The process has ended.
    package mutating func exited(_ reason: FunctionError.ExitReason) -> Step {
        let before = phase
        phase = .ended
        switch before {
        case .starting(let id), .busy(let id), .streaming(let id): return .fail(id, .exited(reason))
        case .returning(.some(let id)): return .reassign(id)
        case .returning(.none), .idle, .ended: return .nothing
        }
    }

    /// The process must end for a reason outside of it.
    /// - Returns: the invocation that remains without an answer.
    package mutating func abandon() -> String? {
        let id = invocation
        phase = .ended
        return id
    }
}
