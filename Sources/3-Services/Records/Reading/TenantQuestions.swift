import Locks
import Synchronization

/// Counts the tenants' questions about records that wait or are under way, and bounds them for each tenant and for
/// all tenants together, so that operators always find a place. Any thread.
final class TenantQuestions: Sendable {
    /// The most questions of one tenant, and of all tenants.
    static let (tenantMax, tenantsMax) = (2, 48)

    private struct State {
        var counts: [Int64: Int] = [:]
        var sum = 0
    }

    private let state = Locked(State())

    /// Takes a place for a tenant's question; `end` gives it back.
    /// - Returns: false when there is none.
    func begin(_ tenantID: Int64) -> Bool {
        state.withLock { state in
            let count = state.counts[tenantID, default: 0]
            guard count < Self.tenantMax, state.sum < Self.tenantsMax else { return false }
            state.counts[tenantID] = count + 1
            state.sum += 1
            return true
        }
    }

    func end(_ tenantID: Int64) {
        state.withLock { state in
            guard let count = state.counts[tenantID] else { return }
            state.counts[tenantID] = count > 1 ? count - 1 : nil
            state.sum -= 1
        }
    }
}
