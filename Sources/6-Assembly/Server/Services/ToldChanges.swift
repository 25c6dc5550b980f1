import Control
import EventLoop
import Gateway
import Policy
import Model
import Synchronization

/// Refreshes a target whose function has said that its lists have changed. Any thread.
///
/// At once, and then after a pause, which begins with one second and doubles up to ten while a function goes on saying it:
/// what is said in a pause leads to one refresh at its end. So a function that says it without end costs six lists a minute, and
/// one that changes two lists one after the other doesn't wait. After twice the longest pause without a refresh the pauses begin
/// anew.
final class ToldChanges: CatalogNews {
    static let pausesNs: ClosedRange<UInt64> = 1_000_000_000...10_000_000_000
    /// The targets that are remembered; there are never more.
    private static let targetsMax = 100_000

    private struct State {
        var paces: [String: Pace] = [:]
        /// The targets whose refresh waits for that time.
        var waiting: Set<String> = []
    }

    /// When a target's last refresh began, on the loops' clock, and how long the pause after it is.
    private struct Pace {
        private(set) var beganNs: UInt64
        private(set) var pauseNs: UInt64

        var nextNs: UInt64 { beganNs &+ pauseNs }

        /// The pace after a refresh that begins now.
        init(after last: Pace?, at nowNs: UInt64, _ pausesNs: ClosedRange<UInt64>) {
            beganNs = nowNs
            guard let last, nowNs &- last.beganNs <= 2 * pausesNs.upperBound else {
                pauseNs = pausesNs.lowerBound
                return
            }
            pauseNs = min(2 * last.pauseNs, pausesNs.upperBound)
        }
    }

    private enum Step { case now, later(UInt64), none }

    private let state = Locked(State())
    private let loop: EventLoop
    private let pausesNs: ClosedRange<UInt64>
    private let refresh: @Sendable (TargetName) -> Void

    /// - Parameters:
    ///   - loop: for the timers.
    ///   - refresh: begins the refresh of a target.
    init(
        on loop: EventLoop,
        pausesNs: ClosedRange<UInt64> = ToldChanges.pausesNs,
        _ refresh: @escaping @Sendable (TargetName) -> Void
    ) {
        self.loop = loop
        self.pausesNs = pausesNs
        self.refresh = refresh
    }

    func listsChanged(of target: TargetEntry) {
        guard let name = try? TargetName(target.name) else { return }  // never: it was stored under it
        let now = EventLoop.currentNs
        let pausesNs = pausesNs
        let step: Step = state.withLock { state in
            guard !state.waiting.contains(target.name) else { return .none }
            let last = state.paces[target.name]
            if let last, last.nextNs > now {
                state.waiting.insert(target.name)
                return .later(last.nextNs - now)
            }
            if state.paces.count >= Self.targetsMax { state.paces = [:] }
            state.paces[target.name] = Pace(after: last, at: now, pausesNs)
            return .now
        }
        switch step {
        case .none: break
        case .now: refresh(name)
        case .later(let wait):
            loop.execute { [self] in
                let timer = LoopTimer { [self] in
                    state.withLock { state in
                        state.waiting.remove(target.name)
                        let last = state.paces[target.name]
                        state.paces[target.name] = Pace(after: last, at: EventLoop.currentNs, pausesNs)
                    }
                    refresh(name)
                }
                loop.arm(timer, after: .nanoseconds(Int64(clamping: wait)))
            }
        }
    }
}
