package import JOSE
import EventLoop
import Synchronization

/// The issuers' key sets, where every loop finds them. Written by the control loop alone.
///
/// A reader compares one atomic number with the last it saw, and takes the lock only when keys have changed.
package final class IssuerKeys: Sendable {
    /// Grows whenever a set is replaced by another.
    private let version = Atomic<Int>(0)
    private let sets: Locked<[JSONWebKeySet?]>
    private let fetches: [Fetches]

    /// When an issuer may be asked again, on the monotonic clock in milliseconds.
    private final class Fetches: Sendable {
        let allowedAtMs = Atomic<Int64>(.min)
    }

    /// - Parameter count: of issuers.
    package init(count: Int) {
        sets = Locked([JSONWebKeySet?](repeating: nil, count: count))
        fetches = (0..<count).map { _ in Fetches() }
    }

    /// Any thread; one load.
    package var currentVersion: Int { version.load(ordering: .acquiring) }

    /// The sets in the order of the issuers, nil for one that has never been asked with success.
    package func current() -> [JSONWebKeySet?] { sets.withLock { $0 } }

    /// Puts a set in force. A set equal to the last one is ignored, so that the tokens that were checked with it stay
    /// known.
    package func replace(_ set: JSONWebKeySet, issuer: Int) {
        let isNew = sets.withLock { sets in
            guard sets[issuer]?.digest != set.digest else { return false }
            sets[issuer] = set
            return true
        }
        if isNew { version.add(1, ordering: .releasing) }
    }

    /// Whether that issuer's keys may be asked for now: they were not asked for shortly before.
    func mayFetch(issuer: Int, atMs nowMs: Int64) -> Bool {
        nowMs >= fetches[issuer].allowedAtMs.load(ordering: .relaxed)
    }

    func setFetchAllowed(issuer: Int, atMs: Int64) {
        fetches[issuer].allowedAtMs.store(atMs, ordering: .relaxed)
    }
}
