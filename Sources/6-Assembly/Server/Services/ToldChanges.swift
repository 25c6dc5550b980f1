import Control
import EventLoop
import Gateway
import Policy
import Model
import Synchronization

/// Refreshes a target whose function has said that its lists have changed. Any thread.
///
/// At once, but not more often than every ten seconds: what is said in between leads to one refresh at the end of that time.
/// So a function that says it without end costs six lists a minute.
final class ToldChanges: CatalogNews {
    static let pauseNs: UInt64 = 10_000_000_000
    /// The targets that are remembered; there are never more.
    private static let targetsMax = 100_000

    private struct State {
        /// [target] → when its next refresh may begin, on the loops' clock.
        var mayBegin: [String: UInt64] = [:]
        /// The targets whose refresh waits for that time.
        var waiting: Set<String> = []
    }

    private enum Step { case now, later(UInt64), none }

    private let state = Locked(State())
    private let loop: EventLoop
    private let pauseNs: UInt64
    private let refresh: @Sendable (TargetName) -> Void

    /// - Parameters:
    ///   - loop: for the timers.
    ///   - refresh: begins the refresh of a target.
    init(
        on loop: EventLoop,
        pauseNs: UInt64 = ToldChanges.pauseNs,
        _ refresh: @escaping @Sendable (TargetName) -> Void
    ) {
        self.loop = loop
        self.pauseNs = pauseNs
        self.refresh = refresh
    }

    func listsChanged(of target: TargetEntry) {
        guard let name = try? TargetName(target.name) else { return }  // never: it was stored under it
        let now = EventLoop.currentNs
        let pauseNs = pauseNs
        let step: Step = state.withLock { state in
            guard !state.waiting.contains(target.name) else { return .none }
            if let next = state.mayBegin[target.name], next > now {
                state.waiting.insert(target.name)
                return .later(next - now)
            }
            if state.mayBegin.count >= Self.targetsMax { state.mayBegin = [:] }
            state.mayBegin[target.name] = now + pauseNs
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
                        state.mayBegin[target.name] = EventLoop.currentNs + pauseNs
                    }
                    refresh(name)
                }
                loop.arm(timer, after: .nanoseconds(Int64(clamping: wait)))
            }
        }
    }
}
