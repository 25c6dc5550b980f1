import EventLoop
import MCP
import Store
import Synchronization

/// What functions failed at when they were asked for a kind that nobody says they serve. A schedule doesn't ask that again: each
/// time would be one more failure in the function's own log. Whoever asks for a refresh does, and a new declaration begins anew.
final class FruitlessQuestions: Sendable {
    private struct Memory {
        let revision: Int64
        var kinds: Set<CatalogKind>
    }

    /// [target's id] → what it failed at; bounded by the targets that there are.
    private let known = Locked<[Int64: Memory]>([:])

    /// What is not to be asked again by a schedule.
    func kinds(of target: TargetRecord) -> Set<CatalogKind> {
        known.withLock { known in
            guard let memory = known[target.id], memory.revision == target.revision else { return [] }
            return memory.kinds
        }
    }

    /// Adds what it failed at now, and forgets what it didn't fail at.
    func note(_ kinds: Set<CatalogKind>, of target: TargetRecord) {
        known.withLock {
            $0[target.id] = kinds.isEmpty ? nil : Memory(revision: target.revision, kinds: kinds)
        }
    }
}
