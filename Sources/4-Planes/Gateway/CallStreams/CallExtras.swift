import MCP

/// What only some calls need, apart from the call itself, which stays small: a call that needs none of it pays for one word.
/// Loop thread only.
final class CallExtras {
    /// Set for a function whose events are HTTP requests.
    var step: SessionStep?
    /// The id of the message to a function that streams, where it isn't in `step`.
    var messageID = 0
    /// The lowest level of the function's log messages that the caller hears; nil for none.
    var level: LoggingLevel?
    /// What the function streams; set from its first byte to the end.
    var stream: CallStream?
    /// What the caller hears of a function that streams; kept from one round of questions to the next, so that progress goes on.
    var relay: NotificationRelay?
    /// The answer, once it has become a stream of events.
    var events: CallEvents?
    /// Set once the function of a legacy call has asked for input.
    var rounds: CallRounds?
    /// Tells the caller that the call goes on, while its function says nothing.
    var progress: OwnProgress?
}
