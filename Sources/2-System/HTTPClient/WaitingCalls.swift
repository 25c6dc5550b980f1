/// Calls that wait for a connection, first come first served. Taking the first costs O(1), amortised.
struct WaitingCalls {
    private var calls: [ClientCall] = []
    /// Calls before it have been taken.
    private var start = 0

    var count: Int { calls.count - start }
    var isEmpty: Bool { count == 0 }
    /// When the first of them runs out of time; O(n).
    var nextDeadline: UInt64? { calls[start...].lazy.map { $0.deadline }.min() }

    mutating func append(_ call: ClientCall) { calls.append(call) }

    /// Puts a call before all others; O(n).
    mutating func prepend(_ call: ClientCall) { calls.insert(call, at: start) }

    mutating func popFirst() -> ClientCall? {
        guard start < calls.count else { return nil }
        let call = calls[start]
        start += 1
        if start == calls.count || start >= 64 && start * 2 > calls.count {
            calls.removeFirst(start)
            start = 0
        }
        return call
    }

    mutating func remove(_ call: ClientCall) {
        if let index = calls[start...].firstIndex(where: { $0 === call }) { calls.remove(at: index) }
    }

    mutating func takeExpired(at now: UInt64) -> [ClientCall] {
        let expired = calls[start...].filter { $0.deadline <= now }
        if !expired.isEmpty {
            calls = calls[start...].filter { $0.deadline > now }
            start = 0
        }
        return expired
    }
}
