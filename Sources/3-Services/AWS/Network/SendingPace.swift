import EventLoop
import Synchronization

/// The pace at which requests of one kind are sent: without limit until the service throttles one.
///
/// From then on the limit is seven tenths of the rate that the service has just accepted. It rises while nothing is
/// refused: by 15 % after one second, to more than twice that pace after four. Lambda accepts about 15 requests for
/// tags per second from a whole account. Any thread; the caller provides the clock.
/// Source: the adaptive retry mode of the SDKs, with a square in place of its cube
final class SendingPace: Sendable {
    private struct State {
        /// The requests per second right after the last cut; nil while nothing was throttled.
        var cut: Double?
        var cutAt: ContinuousClock.Instant
        /// The earliest time for the next request.
        var next: ContinuousClock.Instant
        /// The time when the first request was accepted.
        var begun: ContinuousClock.Instant?
        /// The times when the last requests were accepted, oldest first.
        var accepted: [ContinuousClock.Instant] = []

        /// The requests per second that are allowed now; nil while nothing was throttled.
        func rate(at now: ContinuousClock.Instant) -> Double? {
            let seconds = (now - cutAt) / .seconds(1)
            return cut.map { $0 * (1 + 0.1 * seconds + 0.05 * seconds * seconds) }
        }

        /// The rate of accepted requests in the last second, or since the start if that is less than a second ago.
        mutating func measured(at now: ContinuousClock.Instant) -> Double {
            accepted.removeAll { now - $0 > .seconds(1) }
            let span = begun.map { (now - $0) / .seconds(1) } ?? 1
            return Double(accepted.count) / min(1, max(0.1, span))
        }
    }

    static let slowest = 0.5
    private static let acceptedMax = 1_024

    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state: Locked<State>

    init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.clock = clock
        let now = clock()
        state = Locked(State(cutAt: now, next: now))
    }

    /// The requests per second that are allowed now; nil while nothing was throttled.
    var rate: Double? {
        let now = clock()
        return state.withLock { $0.rate(at: now) }
    }

    /// Takes the right to send one request.
    /// - Returns: nil when the request may be sent, else how long to wait before asking again.
    func take() -> Duration? {
        let now = clock()
        return state.withLock { state in
            guard let rate = state.rate(at: now) else { return nil }
            guard state.next <= now else { return state.next - now }
            // Unused rights expire, so that no burst follows a pause.
            state.next = now + .seconds(1 / rate)
            return nil
        }
    }

    func accepted() {
        let now = clock()
        state.withLock { state in
            if state.begun == nil { state.begun = now }
            if state.accepted.count == Self.acceptedMax { state.accepted.removeFirst(Self.acceptedMax / 2) }
            state.accepted.append(now)
        }
    }

    func throttled() {
        let now = clock()
        state.withLock { state in
            let rate = state.rate(at: now)
            // Refusals within half a second count as one, because their requests were under way together.
            guard rate == nil || now - state.cutAt >= .milliseconds(500) else { return }
            let measured = state.measured(at: now)
            let cut = max(Self.slowest, 0.7 * min(measured, rate ?? measured))
            state.cut = cut
            state.cutAt = now
            state.next = max(state.next, now + .seconds(1 / cut))
        }
    }
}
