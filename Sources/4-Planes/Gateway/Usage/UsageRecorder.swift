import Policy
import Telemetry

/// The usage of one loop's callers since the last drain, for the usage sums and the keys' last use. Loop thread only.
///
/// Counting takes no lock and doesn't touch the store; a repeated call costs an index and a few additions. Each call is
/// counted in the minute in which it ended. The sums grow with the tenants, keys, tools and outcomes that are used
/// between two drains, up to `subjectsMax`; beyond that, calls are counted by tenant and outcome only.
final class UsageRecorder {
    fileprivate struct Subject: Hashable {
        let tenant: Int32
        /// -1 for a token, `UsageRecorder.merged` for keys that aren't counted separately.
        let key: Int32
        let tool: Int32
        let outcome: UInt8
    }

    private struct Sum {
        let subject: Subject
        var figures = UsageFigures()
    }

    /// The most subjects that are counted separately between two drains: 10 MB or so.
    static let subjectsMax = 10_000
    /// Stands for the key and the tool of calls beyond `subjectsMax`.
    private static let merged: Int32 = -2

    private var positions: [Subject: Int] = [:]
    private var sums: [Sum] = []
    private var last = -1
    /// The minute that `sums` count, in microseconds since 1970.
    private var minuteUs: Range<Int64> = 0..<0
    /// [key] → when it was last used, in milliseconds since 1970, or 0.
    private var lastUseMs: [Int64] = []
    private var usedKeys: [Int] = []
    private var report = UsageReport()
    private var state: GatewayState?

    /// From now on, counts by the positions of this state.
    func adopt(_ state: GatewayState) {
        settle()
        self.state = state
        lastUseMs = [Int64](repeating: 0, count: state.snapshot.keys.count)
    }

    /// Notes a request of any kind with that key. Ignored unless `state`, whose position `key` is, is the adopted
    /// state.
    func touch(_ key: Int, of state: GatewayState, nowMs: Int64) {
        guard state === self.state else { return }
        if lastUseMs[key] == 0 { usedKeys.append(key) }
        lastUseMs[key] = nowMs
    }

    /// Counts a call that has ended, if it was of an existing tool. A call that began with an older state, because it
    /// had to wait, is counted by its names.
    /// - Parameter state: the state that the call's positions belong to.
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

    /// The usage since the last drain.
    func drain() -> UsageReport {
        settle()
        let drained = report
        report = UsageReport()
        return drained
    }

    /// Begins another minute: the next one or, after the clock was set back, an earlier one.
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
