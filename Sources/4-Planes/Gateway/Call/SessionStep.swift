import Contracts

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
    /// Which branch of the target's route has all requests of the call; `nil` as long as none was sent, and without a route.
    var branch: Int?
    /// On the loop's clock, in nanoseconds: for all requests of the call together.
    let deadline: UInt64
}
