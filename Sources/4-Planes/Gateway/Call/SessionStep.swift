import Contracts
import EventLoop

/// Where a call to an HTTP function is, which may want a session before it runs a tool.
struct SessionStep {
    enum Stage {
        /// The call itself is on its way, in this exchange.
        case calling(HTTPExchange, id: Int)
        /// `initialize` is on its way.
        case opening(HTTPExchange)
        /// The function has given a session, and is told that it is in use.
        case announcing(HTTPSession)
        /// Another call asks for the session.
        case waiting
    }

    var stage = Stage.waiting
    /// Whether the call may be sent another time when the function refuses it for its session. Once.
    var mayRepeat = true
    /// What the function answered to the call when it seemed to want a session: told when it gives none.
    var refusal: CallResult?
    /// Set while the call waits for a session that another asks for.
    var wait: SessionWait?
    /// Which branch of the target's route has all requests of the call; `nil` as long as none was sent, and without a route.
    var branch: Int?
    /// On the loop's clock, in nanoseconds: for all requests of the call together.
    let deadline: UInt64
}

/// One call that waits for a session: for as long as its own time lasts, and as long as somebody waits for the call.
/// Loop thread only.
final class SessionWait: CancellableWork {
    enum End { case tooLate, abandoned }

    private let call: ToolCall
    private let timer = LoopTimer()

    init(_ call: ToolCall) { self.call = call }

    /// False when nobody waits for the call any more.
    func begin(until deadline: UInt64, on loop: EventLoop) -> Bool {
        guard call.cancellation?.attach(self) != false else { return false }
        timer.action = { [call] in call.endWait(.tooLate) }
        let now = loop.now  // which timers count from
        loop.arm(timer, afterNs: deadline > now ? deadline &- now : 0)
        return true
    }

    func end(on loop: EventLoop) {
        loop.disarm(timer)
        timer.action = nil
        call.cancellation?.detach()
    }

    func cancel() { call.endWait(.abandoned) }
}
