import EventLoop
import Synchronization

/// The functions that run on this machine, and how they are reached. Any thread.
///
/// Shared by everything that sends calls, so that a reload's added and removed functions are seen everywhere.
package final class LocalRoute: Sendable {
    /// The local Lambda's endpoint, and the credential that it accepts.
    package let access: AWSAccess
    private let names: Locked<Set<String>>
    private let changes = Atomic<Int>(0)

    package init(access: AWSAccess, names: Set<String>) {
        self.access = access
        self.names = Locked(names)
    }

    /// A number that changes with the names: anything derived from the names at another number is out of date.
    package var version: Int { changes.load(ordering: .acquiring) }

    /// Whether the function of that name, without account or qualifier, runs here.
    package func runs(_ function: String) -> Bool { names.withLock { $0.contains(function) } }

    package func add(_ more: Set<String>) {
        names.withLock { $0.formUnion(more) }
        changes.add(1, ordering: .releasing)
    }

    package func replace(with new: Set<String>) {
        names.withLock { $0 = new }
        changes.add(1, ordering: .releasing)
    }
}
