/// Calls by tenant, key and tool, and when keys were last used: what a loop reports every second or so.
package struct UsageReport: Sendable, Equatable {
    /// What is counted together.
    package struct Subject: Sendable, Hashable {
        package let tenantID: Int64
        /// 0 for calls with a token.
        package let keyID: Int64
        package let target: String
        /// The target's own name for the tool.
        package let tool: String

        package init(tenantID: Int64, keyID: Int64, target: String, tool: String) {
            self.tenantID = tenantID
            self.keyID = keyID
            self.target = target
            self.tool = tool
        }
    }

    package struct Counts: Sendable, Equatable {
        package var calls = 0
        /// Of `calls`.
        package var errors = 0
        /// Turned away by a limit; not among `calls`.
        package var limited = 0
        /// From the request to its answer, of all calls together.
        package var nanoseconds: UInt64 = 0

        package init(calls: Int = 0, errors: Int = 0, limited: Int = 0, nanoseconds: UInt64 = 0) {
            self.calls = calls
            self.errors = errors
            self.limited = limited
            self.nanoseconds = nanoseconds
        }
    }

    package private(set) var counts: [Subject: Counts] = [:]
    /// [key's id] → milliseconds since 1970.
    package private(set) var lastUseMs: [Int64: Int64] = [:]

    package init() {}

    package var isEmpty: Bool { counts.isEmpty && lastUseMs.isEmpty }

    package mutating func add(_ subject: Subject, _ more: Counts) {
        counts[subject, default: Counts()].add(more)
    }

    /// Notes a use; an earlier one than the noted changes nothing.
    package mutating func used(_ keyID: Int64, atMs: Int64) {
        lastUseMs[keyID] = max(lastUseMs[keyID] ?? .min, atMs)
    }

    /// Adds another loop's report, or one that could not be stored.
    package mutating func add(_ other: UsageReport) {
        for (subject, counts) in other.counts { add(subject, counts) }
        for (key, atMs) in other.lastUseMs { used(key, atMs: atMs) }
    }
}

extension UsageReport.Counts {
    fileprivate mutating func add(_ more: UsageReport.Counts) {
        calls += more.calls
        errors += more.errors
        limited += more.limited
        nanoseconds &+= more.nanoseconds
    }
}
