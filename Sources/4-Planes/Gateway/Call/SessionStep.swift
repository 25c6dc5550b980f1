import Contracts
import EventLoop

/// The progress of a call to an HTTP function, which may want a session before it runs a tool.
struct SessionStep {
    enum Stage {
        /// The call itself is on its way, in this exchange.
        case calling(HTTPExchange, id: Int)
        /// `initialize` is on its way.
        case opening(HTTPExchange)
        /// The function has given a session, and `notifications/initialized` is on its way.
        case announcing(HTTPSession)
        /// Another call is asking for the session.
        case waiting
    }

    var stage = Stage.waiting
    /// Whether the call may still be, or is being, tried in the version 2026-07-28 without a session.
    var isModernTry = true
    /// Whether the call may be sent again when the function refuses it because of its session; at most once.
    var mayRepeat = true
    /// The function's answer to the call when it seemed to want a session; the client gets it if the function gives
    /// none.
    var refusal: CallResult?
    /// Set while the call waits for a session that another call asks for.
    var wait: SessionWait?
    /// The branch of the target's route that gets all requests of the call; `nil` until one was sent, and without a
    /// route.
    var branch: Int?
    /// The deadline of all requests of the call together, in nanoseconds of the loop's clock.
    let deadline: UInt64
}

/// One call that waits for a session, until its own deadline and as long as somebody waits for the call.
/// Loop thread only.
final class SessionWait: CancellableWork {
    enum End { case tooLate, abandoned }

    private let call: ToolCall
    private let timer = LoopTimer()

    init(_ call: ToolCall) { self.call = call }

    /// Starts the wait. False when nobody waits for the call any more.
    func begin(until deadline: UInt64, on loop: EventLoop) -> Bool {
        guard call.cancellation?.attach(self) != false else { return false }
        timer.action = { [call] in call.endWait(.tooLate) }
        let now = loop.now  // timers count from it
        loop.arm(timer, afterNs: deadline > now ? deadline &- now : 0)
        return true
    }

    func end(on loop: EventLoop) {
        loop.disarm(timer)
        timer.action = nil
        call.cancellation?.detach(self)
    }

    func cancel() { call.endWait(.abandoned) }
}
