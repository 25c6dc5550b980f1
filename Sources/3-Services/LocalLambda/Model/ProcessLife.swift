/// The life of one function process: what it is doing, and what each event means for it.
///
/// Pure: the driver owns the process, the clock and the wire. An invocation is named by its request id, belongs to one
/// process at a time, and a process has at most one. Source: AWS Lambda developer guide, "Runtime API"
package struct ProcessLife: Equatable, Sendable {
    package enum Phase: Equatable, Sendable {
        /// Has not asked for an event yet; the invocation it was started for.
        case starting(String)
        /// Waits in `next`.
        case idle
        /// Has the event of an invocation and has not answered.
        case busy(String)
        /// Is to ask for its next event, having answered or broken off; the invocation that waits for it to do so.
        case returning(String?)
        /// Gone, or told to go.
        case ended
    }

    /// What the driver has to do.
    package enum Step: Equatable, Sendable {
        case nothing
        /// Hold the runtime's request until there is an event.
        case park
        /// Hand over the event of that invocation.
        case deliver(String)
        /// What the runtime sent is the invocation's answer.
        case finish(String)
        /// The invocation fails, and the process must be gone.
        case fail(String, FunctionError)
        /// The function never saw the event: another process is to take it.
        case reassign(String)
        /// The runtime may not do that now: 403 InvalidStateTransition.
        case refuse
        /// The runtime names an invocation that it does not have: 400 InvalidRequestID.
        case unknownID
    }

    package private(set) var phase: Phase

    /// A process that is being started for an invocation.
    package init(startingFor id: String) { phase = .starting(id) }

    /// Whether an invocation may be assigned.
    package var isAvailable: Bool { phase == .idle || phase == .returning(nil) }

    /// The invocation it has or is to get.
    package var invocation: String? {
        switch phase {
        case .starting(let id), .busy(let id): id
        case .returning(let id): id
        case .idle, .ended: nil
        }
    }

    /// Gives it its next invocation. It must be available.
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
        case .busy, .ended: return .refuse
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

    /// The runtime could not initialize; it is about to exit.
    package mutating func reportsInitError() -> Step {
        guard case .starting(let id) = phase else { return .refuse }
        phase = .ended
        return .finish(id)
    }

    /// The invocation's time is over.
    package mutating func timedOut(_ id: String, afterSeconds seconds: Int) -> Step {
        guard invocation == id else { return .nothing }
        phase = .ended
        return .fail(id, .timedOut(seconds: seconds))
    }

    /// The process could not be started.
    package mutating func couldNotStart(why: String) -> Step {
        let id = abandon()
        return id.map { .fail($0, .notStarted(why: why)) } ?? .nothing
    }

    /// The process is gone.
    package mutating func exited(_ reason: FunctionError.ExitReason) -> Step {
        let before = phase
        phase = .ended
        switch before {
        case .starting(let id), .busy(let id): return .fail(id, .exited(reason))
        case .returning(.some(let id)): return .reassign(id)
        case .returning(.none), .idle, .ended: return .nothing
        }
    }

    /// The process is to go for a reason that is not its own.
    /// - Returns: the invocation that it leaves without an answer.
    package mutating func abandon() -> String? {
        let id = invocation
        phase = .ended
        return id
    }
}
