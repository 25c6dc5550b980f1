import Policy
import Telemetry

/// What one loop's callers used since the last drain: for the usage sums and the keys' last use. Loop thread only.
///
/// Counting takes no lock and no store; a caller who repeats a call costs an index and a few additions. It grows with
/// the tenants, keys and tools that are used between two drains, and with nothing else.
final class UsageRecorder {
    fileprivate struct Subject: Hashable {
        let tenant: Int32
        /// -1 for a token.
        let key: Int32
        let tool: Int32
    }

    fileprivate struct Sum {
        let subject: Subject
        var calls = 0
        var errors = 0
        var limited = 0
        var nanoseconds: UInt64 = 0
    }

    private var positions: [Subject: Int] = [:]
    private var sums: [Sum] = []
    private var last = -1
    /// [key] → when it was last used, or 0.
    private var lastUseMs: [Int64] = []
    private var usedKeys: [Int] = []
    private var report = UsageReport()
    private var state: GatewayState?

    /// Counts by this state's positions from now on.
    func adopt(_ state: GatewayState) {
        settle()
        self.state = state
        lastUseMs = [Int64](repeating: 0, count: state.snapshot.keys.count)
    }

    /// A request of that key, of any kind. Positions are those of the adopted state, as `state` tells.
    func touch(_ key: Int, of state: GatewayState, nowMs: Int64) {
        guard state === self.state else { return }
        if lastUseMs[key] == 0 { usedKeys.append(key) }
        lastUseMs[key] = nowMs
    }

    /// A call that ended. One that began with an older state, as it had to wait, is counted by its names.
    func count(_ caller: Caller, tool: Int, _ outcome: CallOutcome, nanoseconds: UInt64) {
        guard caller.state === state else { return countLate(caller, tool, outcome, nanoseconds) }
        let subject = Subject(
            tenant: Int32(truncatingIfNeeded: caller.principal.tenant),
            key: Int32(truncatingIfNeeded: caller.principal.key ?? -1),
            tool: Int32(truncatingIfNeeded: tool)
        )
        if last < 0 || sums[last].subject != subject { last = position(of: subject) }
        sums[last].add(outcome, nanoseconds)
    }

    /// Everything since the last drain.
    func drain() -> UsageReport {
        settle()
        let drained = report
        report = UsageReport()
        return drained
    }

    private func position(of subject: Subject) -> Int {
        if let known = positions[subject] { return known }
        positions[subject] = sums.count
        sums.append(Sum(subject: subject))
        return sums.count - 1
    }

    /// Turns positions into ids and names, which outlive the state.
    private func settle() {
        guard let state else { return }
        for sum in sums {
            report.add(
                Self.subject(
                    state,
                    tenant: Int(sum.subject.tenant),
                    key: Int(sum.subject.key),
                    tool: Int(sum.subject.tool)
                ),
                UsageReport.Counts(
                    calls: sum.calls,
                    errors: sum.errors,
                    limited: sum.limited,
                    nanoseconds: sum.nanoseconds
                )
            )
        }
        for key in usedKeys {
            report.used(state.snapshot.keys[key].id, atMs: lastUseMs[key])
            lastUseMs[key] = 0
        }
        sums.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        usedKeys.removeAll(keepingCapacity: true)
        last = -1
    }

    private func countLate(_ caller: Caller, _ tool: Int, _ outcome: CallOutcome, _ nanoseconds: UInt64) {
        var sum = Sum(subject: Subject(tenant: 0, key: 0, tool: 0))
        sum.add(outcome, nanoseconds)
        report.add(
            Self.subject(
                caller.state,
                tenant: caller.principal.tenant,
                key: caller.principal.key ?? -1,
                tool: tool
            ),
            UsageReport.Counts(
                calls: sum.calls,
                errors: sum.errors,
                limited: sum.limited,
                nanoseconds: sum.nanoseconds
            )
        )
    }

    private static func subject(_ state: GatewayState, tenant: Int, key: Int, tool: Int)
        -> UsageReport.Subject
    {
        let entry = state.snapshot.tools[tool]
        return UsageReport.Subject(
            tenantID: state.snapshot.tenants[tenant].id,
            keyID: key < 0 ? 0 : state.snapshot.keys[key].id,
            target: state.snapshot.targets[entry.target].name,
            tool: entry.name
        )
    }
}

extension UsageRecorder.Sum {
    fileprivate mutating func add(_ outcome: CallOutcome, _ duration: UInt64) {
        if outcome == .limited {
            limited += 1
            return
        }
        calls += 1
        if outcome != .ok { errors += 1 }
        nanoseconds &+= duration
    }
}
