import Calendar
package import EventLoop
import Synchronization

/// Reads the store once for all requests whose credential isn't known, at most every 10 ms. Any thread.
///
/// A request waits for a look (a read of the store) that begins after the request arrived; requests that arrive during
/// a look share the next one. A look never runs on a loop.
package final class SharedLook: StateLook {
    /// The time between two looks.
    package static let interval = Duration.milliseconds(10)
    /// The most requests that may wait; further ones are answered from the state in force.
    package static let waitersMax = 1_024

    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// How many requests wait for looks that have begun.
        var waitingCount = 0
        var isScheduled = false
        var lastNs: UInt64 = 0
        var count = 0
    }

    private let loop: EventLoop
    private let publish: @Sendable () async -> Void
    private let state = Locked(State())

    /// - Parameters:
    ///   - loop: the loop whose timer spaces the looks; not one that serves agents.
    ///   - publish: reads the store, and returns when every change is in force on every loop. A request may go on
    ///     before its loop has a turn, so it would miss a state that was still on its way to the loop.
    package init(on loop: EventLoop, publish: @escaping @Sendable () async -> Void) {
        self.loop = loop
        self.publish = publish
    }

    /// How many looks there have been.
    package var count: Int { state.withLock { $0.count } }

    /// How many requests wait, for the next look or for one that has begun.
    package var waitingCount: Int { state.withLock { $0.waiting.count + $0.waitingCount } }

    package func look() async {
        await withCheckedContinuation { continuation in
            let (isFull, mustSchedule) = state.withLock { state in
                if state.waiting.count + state.waitingCount >= Self.waitersMax { return (true, false) }
                state.waiting.append(continuation)
                return (false, !exchange(&state.isScheduled, with: true))
            }
            if isFull { continuation.resume() }
            if mustSchedule { schedule() }
        }
    }

    private func schedule() {
        loop.execute { [self] in
            let elapsed = EventLoop.currentNs &- state.withLock { $0.lastNs }
            let interval = Self.interval.nanoseconds
            if elapsed >= interval { return begin() }
            loop.arm(LoopTimer { [self] in begin() }, afterNs: interval - elapsed)
        }
    }

    private func begin() {
        let batch = state.withLock { state in
            let batch = state.waiting
            state.waiting = []
            state.waitingCount += batch.count
            state.isScheduled = false
            state.lastNs = EventLoop.currentNs
            state.count += 1
            return batch
        }
        Task.detached { [self] in
            await publish()
            state.withLock { $0.waitingCount -= batch.count }
            for continuation in batch { continuation.resume() }
        }
    }
}
