import EventLoop
import Synchronization

/// Sums up refused authentications, so that a flood leaves a bounded number of rows in the audit log.
///
/// At most one row for an address and reason in any minute, and at most `rowsMax` in a minute of the clock. Refusals
/// go on being counted in a row that waits. Past `pendingMax` pairs of address and reason, further ones are counted
/// by reason alone, without an address. One owner.
package struct RefusalTally: Sendable {
    /// One row of the audit log.
    package struct Row: Sendable, Equatable {
        /// The first refusal that the row stands for.
        package let first: RefusedAuthentication
        package let count: Int
        package let lastAtMs: Int64

        package init(first: RefusedAuthentication, count: Int, lastAtMs: Int64) {
            self.first = first
            self.count = count
            self.lastAtMs = lastAtMs
        }
    }

    package static let rowsMax = 60
    package static let pendingMax = 1024
    private static let minuteMs: Int64 = 60_000

    fileprivate struct Subject: Hashable {
        let address: String?
        let reason: String
    }

    private struct Sum {
        var row: Row?
        /// When this subject last had a row.
        var writtenAtMs: Int64?
    }

    private var sums: [Subject: Sum] = [:]
    private var minute: Int64 = .min
    private var rowsInMinute = 0

    package init() {}

    /// Counts one refusal. O(1); memory is bounded.
    package mutating func add(_ refusal: RefusedAuthentication) {
        var refusal = refusal
        var subject = Subject(address: refusal.address, reason: refusal.reason)
        if sums.count >= Self.pendingMax, sums[subject] == nil {
            refusal = RefusedAuthentication(
                address: nil,
                reason: refusal.reason,
                keyPrefix: nil,
                atMs: refusal.atMs
            )
            subject = Subject(address: nil, reason: refusal.reason)
        }
        var sum = sums[subject] ?? Sum()
        if let row = sum.row {
            sum.row = Row(first: row.first, count: row.count + 1, lastAtMs: max(row.lastAtMs, refusal.atMs))
        } else {
            sum.row = Row(first: refusal, count: 1, lastAtMs: refusal.atMs)
        }
        sums[subject] = sum
    }

    /// Takes the rows that are due at `nowMs`, oldest first; call this every second or so.
    package mutating func due(nowMs: Int64) -> [Row] {
        let present = nowMs / Self.minuteMs
        if present != minute {
            minute = present
            rowsInMinute = 0
        }
        var rows: [(subject: Subject, row: Row)] = []
        for (subject, sum) in sums {
            // A clock that was set back must not hold up a row for longer than a minute.
            if let writtenAtMs = sum.writtenAtMs, nowMs - writtenAtMs < Self.minuteMs, nowMs >= writtenAtMs {
                continue
            }
            if let row = sum.row {
                rows.append((subject, row))
            } else {
                sums[subject] = nil
            }
        }
        rows.sort { ($0.row.first.atMs, $0.subject) < ($1.row.first.atMs, $1.subject) }
        let due = rows.prefix(Self.rowsMax - rowsInMinute)
        for (subject, _) in due { sums[subject] = Sum(row: nil, writtenAtMs: nowMs) }
        rowsInMinute += due.count
        return due.map { $0.row }
    }
}

extension RefusalTally.Subject: Comparable {
    fileprivate static func < (left: Self, right: Self) -> Bool {
        (left.address ?? "", left.reason) < (right.address ?? "", right.reason)
    }
}

/// A tally behind the audit's port: loops add refusals, and one thread takes the rows that are due to the store.
package final class RefusalLog: RefusalAudit {
    private let tally = Locked(RefusalTally())

    package init() {}

    package func refused(_ refusal: RefusedAuthentication) {
        tally.withLock { $0.add(refusal) }
    }

    package func due(nowMs: Int64) -> [RefusalTally.Row] {
        tally.withLock { $0.due(nowMs: nowMs) }
    }
}
