import EventLoop

/// Counts the requests of one loop that wait for something, whether or not their clients still do. Loop thread only.
///
/// A legacy call goes on when its client hangs up, so connections don't tell what is still to be counted.
final class CallsInFlight {
    private var count = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func began() { count += 1 }

    func ended() {
        count -= 1
        if count == 0, !waiting.isEmpty { release() }
    }

    /// Returns when nothing is in flight any more, or when the time is up. Whether nothing is.
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
    /// Waits for the calls that are under way on this loop, those whose clients went away among them.
    ///
    /// Whether all ended in time.
    package func finishCalls(within limit: Duration) async -> Bool {
        await inFlight.awaitNone(on: loop, within: limit)
    }
}
