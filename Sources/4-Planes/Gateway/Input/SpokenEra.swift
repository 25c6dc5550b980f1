import Synchronization

/// What the gateway has learned of the protocol versions that a function behind HTTP events serves. Shared by all loops; any
/// thread.
///
/// Functions are spoken to in a legacy version, which all know, until a caller of 2026-07-28 needs that version: then it is
/// tried. Times are nanoseconds of the loops' clock.
final class SpokenEra: Sendable {
    /// For how long a function isn't asked again for the version that it refused: it may be deployed anew.
    static let refusalNs: UInt64 = 600_000_000_000

    /// 0 when nothing is known, 1 when it has answered in the modern version, else until when a refusal counts.
    private let state = Atomic<UInt64>(0)

    init() {}

    /// Whether it has answered in the modern version.
    var isModern: Bool { state.load(ordering: .relaxed) == 1 }

    /// Whether it may be tried with the modern version: it hasn't refused that lately.
    func mayBeTried(at now: UInt64) -> Bool {
        let known = state.load(ordering: .relaxed)
        return known <= 1 || now >= known
    }

    /// Notes that it answered as a server of the modern version does.
    func answered() { state.store(1, ordering: .relaxed) }

    /// Notes that it refused a request because of its version.
    func refused(at now: UInt64) { state.store(max(2, now &+ Self.refusalNs), ordering: .relaxed) }
}
