import EventLoop
import Synchronization

/// How fast requests of one kind go out: as fast as they can, until the service throttles one.
///
/// From then on at seven tenths of what the service has just accepted, and faster again the longer nothing is refused:
/// by 15 % after a second, to twice that pace after four. Lambda takes some 15 requests for tags in a second from a whole
/// account. Any thread; the clock is the caller's.
/// Source: the adaptive retry mode of the SDKs, with a square in place of its cube
final class SendingPace: Sendable {
    private struct State {
        /// Requests per second when it was last cut; nil while nothing was throttled.
        var cut: Double?
        var cutAt: ContinuousClock.Instant
        /// When the next request may go out.
        var next: ContinuousClock.Instant
        /// When the first one was accepted.
        var begun: ContinuousClock.Instant?
        /// When the last ones were accepted, oldest first.
        var accepted: [ContinuousClock.Instant] = []

        /// Requests per second.
        func rate(at now: ContinuousClock.Instant) -> Double? {
            let seconds = (now - cutAt) / .seconds(1)
            return cut.map { $0 * (1 + 0.1 * seconds + 0.05 * seconds * seconds) }
        }

        /// What was accepted in the last second, or in less than one after the start.
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

    /// Requests per second, once something was throttled.
    var rate: Double? {
        let now = clock()
        return state.withLock { $0.rate(at: now) }
    }

    /// Takes the right to send one request.
    /// - Returns: nil when it was there, else how long to wait before asking again.
    func take() -> Duration? {
        let now = clock()
        return state.withLock { state in
            guard let rate = state.rate(at: now) else { return nil }
            guard state.next <= now else { return state.next - now }
            // What wasn't used is lost: no burst follows a pause.
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
            // Requests that were on their way together are one refusal.
            guard rate == nil || now - state.cutAt >= .milliseconds(500) else { return }
            let measured = state.measured(at: now)
            let cut = max(Self.slowest, 0.7 * min(measured, rate ?? measured))
            state.cut = cut
            state.cutAt = now
            state.next = max(state.next, now + .seconds(1 / cut))
        }
    }
}
