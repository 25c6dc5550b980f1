import EventLoop

/// Counts the requests of one loop that wait for something, whether or not their clients still wait. Loop thread only.
///
/// A legacy call goes on when its client hangs up, so the number of connections isn't enough.
final class CallsInFlight {
    private var count = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func began() { count += 1 }

    func ended() {
        count -= 1
        if count == 0, !waiting.isEmpty { release() }
    }

    /// Waits until nothing is in flight any more, or until the time is up.
    /// - Returns: whether nothing is in flight.
    func awaitNone(on loop: EventLoop, within limit: Duration) async -> Bool {
        guard count > 0 else { return true }
        let deadline = LoopTimer { [weak self] in self?.release() }
        loop.arm(deadline, after: limit)
        await withCheckedContinuation { waiting.append($0) }
        loop.disarm(deadline)
        return count == 0
    }

    private func release() {
        let released = waiting
        waiting = []
        for continuation in released { continuation.resume() }
    }
}

extension AgentEndpoint {
    /// Waits for the calls in flight on this loop, including those whose clients went away. From a task on the loop.
    ///
    /// Whether all ended in time.
    package func finishCalls(within limit: Duration) async -> Bool {
        await inFlight.awaitNone(on: loop, within: limit)
    }
}
