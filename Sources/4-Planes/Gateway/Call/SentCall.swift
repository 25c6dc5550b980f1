/// The fourth step of a call: a call on its way to its function. All times are nanoseconds of the loop's clock.
struct SentCall: Equatable {
    let tool: ResolvedTool
    let startedAt: UInt64
    let sentAt: UInt64

    /// The time that the gateway itself and the function took.
    /// - Parameters:
    ///   - answeredAt: when the loop saw the answer; may be before `sentAt`, if that turn began before the call was
    ///     sent.
    ///   - endedAt: when the caller's answer was written.
    func durations(answeredAt: UInt64, endedAt: UInt64) -> CallDurations {
        let answeredAt = max(answeredAt, sentAt)
        return CallDurations(
            own: sentAt &- startedAt &+ (endedAt &- answeredAt),
            upstream: answeredAt - sentAt,
            whole: endedAt &- startedAt
        )
    }
}

/// How long a call took, in nanoseconds.
struct CallDurations: Equatable {
    /// The gateway's own part.
    let own: UInt64
    /// The time from sending the call to the function's answer.
    let upstream: UInt64
    let whole: UInt64
}
