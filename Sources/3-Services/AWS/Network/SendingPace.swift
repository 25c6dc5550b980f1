import EventLoop
import Synchronization

/// How fast requests of one kind go out: as fast as they can, until the service throttles one.
///
/// From then on at seven tenths of what the service last accepted in a second, and by a tenth of that faster with each
/// second that passes without another refusal. Lambda takes some 15 requests for tags in a second from a whole account.
/// Any thread; the clock is the caller's.
/// Source: the adaptive retry mode of the SDKs, with a straight line in place of its cubic one
final class SendingPace: Sendable {
    private struct State {
        /// Requests per second; nil while nothing was throttled.
        var rate: Double?
        /// That `rate` grows by, with each second.
        var growth = 0.0
        /// When the next request may go out.
        var next: ContinuousClock.Instant
        var cutAt: ContinuousClock.Instant
        var grownAt: ContinuousClock.Instant
        /// When the last ones were accepted, oldest first; at most `accepted`.
        var accepted: [ContinuousClock.Instant] = []
    }

    static let slowest = 0.5
    private static let acceptedMax = 512

    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state: Locked<State>

    init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.clock = clock
        let now = clock()
        state = Locked(State(next: now, cutAt: now - .seconds(60), grownAt: now))
    }

    /// Takes the right to send one request.
    /// - Returns: nil when it was there, else how long to wait before asking again.
    func take() -> Duration? {
        let now = clock()
        return state.withLock { state in
            guard let rate = Self.grow(&state, now) else { return nil }
            guard state.next <= now else { return state.next - now }
            // What wasn't used is lost: no burst follows a pause.
            state.next = now + .seconds(1 / rate)
            return nil
        }
    }

    func accepted() {
        let now = clock()
        state.withLock { state in
            if state.accepted.count == Self.acceptedMax { state.accepted.removeFirst() }
            state.accepted.append(now)
        }
    }

    func throttled() {
        let now = clock()
        state.withLock { state in
            // Requests that were on their way together are one refusal.
            guard now - state.cutAt >= .milliseconds(500) else { return }
            state.accepted.removeAll { now - $0 > .seconds(1) }
            let measured = Double(state.accepted.count)
            let rate = max(Self.slowest, 0.7 * min(measured, Self.grow(&state, now) ?? measured))
            state.rate = rate
            state.growth = max(rate / 10, 0.5)
            state.cutAt = now
            state.grownAt = now
            state.next = max(state.next, now + .seconds(1 / rate))
        }
    }

    /// Requests per second, once something was throttled.
    var rate: Double? { state.withLock { $0.rate } }

    private static func grow(_ state: inout State, _ now: ContinuousClock.Instant) -> Double? {
        guard let rate = state.rate else { return nil }
        let grown = rate + (now - state.grownAt) / .seconds(1) * state.growth
        state.rate = grown
        state.grownAt = now
        return grown
    }
}
