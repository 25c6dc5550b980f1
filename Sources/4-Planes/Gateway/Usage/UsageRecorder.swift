import Policy
import Telemetry

/// What one loop's callers used since the last drain: for the usage sums and the keys' last use. Loop thread only.
///
/// Counting takes no lock and no store; a caller who repeats a call costs an index and a few additions. Each call is
/// counted in the minute in which it ended. It grows with the tenants, keys, tools and outcomes that are used between two
/// drains up to `subjectsMax`, beyond which calls are counted as their tenant's alone.
final class UsageRecorder {
    fileprivate struct Subject: Hashable {
        let tenant: Int32
        /// -1 for a token, `UsageRecorder.merged` for those that aren't told apart.
        let key: Int32
        let tool: Int32
        let outcome: UInt8
    }

    private struct Sum {
        let subject: Subject
        var figures = UsageFigures()
    }

    /// Subjects that are told apart between two drains: 10 MB or so.
    static let subjectsMax = 10_000
    /// Stands for the key and the tool of calls beyond that.
    private static let merged: Int32 = -2

    private var positions: [Subject: Int] = [:]
    private var sums: [Sum] = []
    private var last = -1
    /// The minute that `sums` are of, in microseconds since 1970.
    private var minuteUs: Range<Int64> = 0..<0
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

    /// A call that ended, of a tool that is there. One that began with an older state, as it had to wait, is counted by its
    /// names.
    /// - Parameter state: what the call's positions are those of.
    func count(_ call: CallRecord, of state: GatewayState) {
        guard call.tenant >= 0, call.tool >= 0, let outcome = CallOutcome(rawValue: Int(call.outcome))
        else { return }
        let endUs = call.startedAtUs &+ Int64(call.endedUs)
        guard state === self.state else { return countLate(call, outcome, of: state, endUs: endUs) }
        if !minuteUs.contains(endUs) { turn(toUs: endUs) }
        let subject = Subject(tenant: call.tenant, key: call.key, tool: call.tool, outcome: call.outcome)
        if last < 0 || sums[last].subject != subject { last = position(of: subject) }
        sums[last].figures.add(call, outcome)
    }

    /// Everything since the last drain.
    func drain() -> UsageReport {
        settle()
        let drained = report
        report = UsageReport()
        return drained
    }

    /// Another minute begins, the one after or, by a clock that was put back, one before.
    private func turn(toUs us: Int64) {
        settleSums()
        let start = us - us % 60_000_000
        minuteUs = start..<start + 60_000_000
    }

    private func position(of subject: Subject) -> Int {
        if let known = positions[subject] { return known }
        if sums.count + report.figures.count >= Self.subjectsMax, subject.tool != Self.merged {
            report.merged(calls: 1)
            return position(
                of: Subject(
                    tenant: subject.tenant,
                    key: Self.merged,
                    tool: Self.merged,
                    outcome: subject.outcome
                )
            )
        }
        positions[subject] = sums.count
        sums.append(Sum(subject: subject))
        return sums.count - 1
    }

    /// Turns positions into ids and names, which outlive the state.
    private func settle() {
        settleSums()
        guard let state else { return }
        for key in usedKeys {
            report.used(state.snapshot.keys[key].id, atMs: lastUseMs[key])
            lastUseMs[key] = 0
        }
        usedKeys.removeAll(keepingCapacity: true)
    }

    private func settleSums() {
        guard let state else { return }
        for sum in sums {
            report.add(
                Self.named(sum.subject, of: state, minute: minuteUs.lowerBound / 60_000_000),
                sum.figures
            )
        }
        sums.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        last = -1
    }

    private func countLate(_ call: CallRecord, _ outcome: CallOutcome, of state: GatewayState, endUs: Int64) {
        var figures = UsageFigures()
        figures.add(call, outcome)
        let isMerged = report.figures.count >= Self.subjectsMax
        if isMerged { report.merged(calls: 1) }
        let subject = Subject(
            tenant: call.tenant,
            key: isMerged ? Self.merged : call.key,
            tool: isMerged ? Self.merged : call.tool,
            outcome: call.outcome
        )
        report.add(Self.named(subject, of: state, minute: endUs / 60_000_000), figures)
    }

    private static func named(_ subject: Subject, of state: GatewayState, minute: Int64)
        -> UsageReport.Subject
    {
        let snapshot = state.snapshot
        let isMerged = subject.tool == merged
        let entry = isMerged ? nil : snapshot.tools[Int(subject.tool)]
        let keyID: Int64 =
            isMerged ? -1 : subject.key < 0 ? 0 : snapshot.keys[Int(subject.key)].id
        return UsageReport.Subject(
            minute: minute,
            tenantID: snapshot.tenants[Int(subject.tenant)].id,
            keyID: keyID,
            target: entry.map { snapshot.targets[$0.target].name } ?? "",
            tool: entry?.name ?? "",
            outcome: CallOutcome(rawValue: Int(subject.outcome)) ?? .badAnswer
        )
    }
}
