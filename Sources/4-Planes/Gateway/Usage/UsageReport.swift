package import Telemetry

/// Calls by minute, tenant, key, tool and outcome, and when keys were last used: what a loop reports every second or so.
package struct UsageReport: Sendable, Equatable {
    /// What is counted together.
    package struct Subject: Sendable, Hashable {
        /// UTC, in minutes since 1970: the one in which the call ended.
        package var minute: Int64
        package let tenantID: Int64
        /// 0 for calls with a token, -1 for those of more keys and tools than are told apart.
        package var keyID: Int64
        /// Empty, with `tool`, for calls of more tools than are told apart.
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
    /// Calls that were counted as those of their tenant alone, since their keys and tools were more than are told apart.
    package private(set) var mergedCalls = 0

    package init() {}

    package var isEmpty: Bool { figures.isEmpty && lastUseMs.isEmpty }

    package mutating func add(_ subject: Subject, _ more: UsageFigures) {
        figures[subject, default: UsageFigures()].merge(more)
    }

    /// Notes a use; an earlier one than the noted changes nothing.
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

    /// Tells less apart while there are more than so many subjects: no minutes, then no keys and tools, then no hours. The
    /// sums stay what they are. What is left is bounded by the tenants and the days.
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

    /// How many calls got another subject.
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
