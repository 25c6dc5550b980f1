import EventLoop
import Gateway
import Policy
import Synchronization
import Locks

/// Ends sessions as the store does: what has ended is in force on all endpoints when `end` returns.
final class FakeEndings: SessionEnding, Sendable {
    private struct State {
        var ended = EndedSessions.none
        var outcome = SessionEndOutcome.ended
        var asked = 0
        var agents: [Agents] = []
    }

    private let state = Locked(State())

    init(_ outcome: SessionEndOutcome = .ended) { state.withLock { $0.outcome = outcome } }

    /// How often an end was asked for.
    var asked: Int { state.withLock { $0.asked } }

    func add(_ agents: Agents) { state.withLock { $0.agents.append(agents) } }

    func end(_ session: SessionMark) async -> SessionEndOutcome {
        let (outcome, ended, all) = state.withLock { state in
            state.asked += 1
            if state.outcome == .ended {
                state.ended = state.ended.adding(
                    [.one(session)],
                    newest: state.ended.newest + 1,
                    nowMs: session.openedMs
                )
            }
            return (state.outcome, state.ended, state.agents)
        }
        for agents in all {
            await Task(executorPreference: agents.loop) {
                agents.publish(agents.endpoint.state.snapshot.replacingEndedSessions(ended))
            }.value
        }
        return outcome
    }
}
