package import Telemetry

/// Calls by minute, tenant, key, tool and outcome, and when keys were last used. A loop reports it every second or so.
package struct UsageReport: Sendable, Equatable {
    /// The properties by which calls are counted separately.
    package struct Subject: Sendable, Hashable {
        /// The minute in which the call ended, in minutes since 1970 (UTC).
        package var minute: Int64
        package let tenantID: Int64
        /// 0 for calls with a token, -1 for calls whose keys and tools aren't counted separately.
        package var keyID: Int64
        /// Empty, as `tool` is, for calls whose keys and tools aren't counted separately.
        package var target: String
        /// The target's own name for the tool.
        package var tool: String
        package let outcome: CallOutcome

        package init(
            minute: Int64,
            tenantID: Int64,
            keyID: Int64,
            target: String,
            tool: String,
            outcome: CallOutcome
        ) {
            self.minute = minute
            self.tenantID = tenantID
            self.keyID = keyID
            self.target = target
            self.tool = tool
            self.outcome = outcome
        }
    }

    package private(set) var figures: [Subject: UsageFigures] = [:]
    /// [key's id] → milliseconds since 1970.
    package private(set) var lastUseMs: [Int64: Int64] = [:]
    /// Calls that were counted without their keys and tools, because there were too many of those.
    package private(set) var mergedCalls = 0

    package init() {}

    package var isEmpty: Bool { figures.isEmpty && lastUseMs.isEmpty }

    package mutating func add(_ subject: Subject, _ more: UsageFigures) {
        figures[subject, default: UsageFigures()].merge(more)
    }

    /// Notes a use of a key; a use before the latest noted one changes nothing.
    package mutating func used(_ keyID: Int64, atMs: Int64) {
        lastUseMs[keyID] = max(lastUseMs[keyID] ?? .min, atMs)
    }

    /// Notes calls that were counted without their keys and tools.
    mutating func merged(calls: Int) { mergedCalls += calls }

    /// Adds another loop's report, or one that could not be stored.
    package mutating func add(_ other: UsageReport) {
        for (subject, more) in other.figures { add(subject, more) }
        for (key, atMs) in other.lastUseMs { used(key, atMs: atMs) }
        mergedCalls += other.mergedCalls
    }

    /// Merges subjects while there are more than `countMax`: first minutes into hours, then keys and tools, then hours
    /// into days. The sums stay the same. The number of subjects left is bounded by the tenants, outcomes and days.
    package mutating func coarsen(to countMax: Int) {
        merge(over: countMax) { $0.minute -= $0.minute % 60 }
        let tools = merge(over: countMax) {
            $0.keyID = -1
            $0.target = ""
            $0.tool = ""
        }
        mergedCalls += tools
        merge(over: countMax) { $0.minute -= $0.minute % 1_440 }
    }

    /// Changes all subjects; returns how many calls got another subject.
    @discardableResult
    private mutating func merge(over countMax: Int, _ change: (inout Subject) -> Void) -> Int {
        guard figures.count > countMax else { return 0 }
        var calls = 0
        let all = figures
        figures = [:]
        for (subject, sum) in all {
            var merged = subject
            change(&merged)
            if merged != subject { calls += sum.calls + sum.limited }
            add(merged, sum)
        }
        return calls
    }
}
