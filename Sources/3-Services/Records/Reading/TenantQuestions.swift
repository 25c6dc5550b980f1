import Locks
import Synchronization

/// Which tenants' questions about records wait or are under way: some places of each, and of all tenants together, so that
/// operators always find one. Any thread.
final class TenantQuestions: Sendable {
    /// Of one tenant, and of all.
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
