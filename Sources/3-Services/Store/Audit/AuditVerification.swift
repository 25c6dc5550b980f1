import Bytes
import Crypto
import Database

/// A fault of the audit log: something that isn't as the gateway wrote it.
package enum AuditFault: Sendable, Equatable, CustomStringConvertible {
    /// The events between these two are missing; `after` is 0 when the first ones are.
    case gap(after: Int64, before: Int64)
    /// The event's fields don't give its hash.
    case edit(id: Int64)
    /// The event isn't chained to the one before it.
    case wrongPreviousHash(id: Int64)
    /// The last event is `last`, but ids up to `issued` were given.
    case missingTail(last: Int64, issued: Int64)
    /// The log ends with event `last`, but its head names event `head` as the last, or another event of that id.
    case wrongHead(last: Int64, head: Int64)
    /// The head, which says where the log ends, is gone: events at the end may be too.
    case missingHead

    package var description: String {
        switch self {
        case .gap(let after, let before) where before - after == 2: "event \(after + 1) is missing"
        case .gap(let after, let before): "events \(after + 1) to \(before - 1) are missing"
        case .edit(let id): "event \(id) was edited"
        case .wrongPreviousHash(let id):
            "event \(id) does not follow the event before it: one of them was replaced"
        case .missingTail(let last, let issued) where issued - last == 1:
            "event \(issued), the last, is missing"
        case .missingTail(let last, let issued): "events \(last + 1) to \(issued), the last, are missing"
        case .wrongHead(let last, let head) where last == head:
            "event \(last), the last, is not the one that the log's head was written with"
        case .wrongHead(let last, let head):
            "the log ends with event \(last), but its head says that event \(head) is the last"
        case .missingHead:
            "the log's head is gone: whether events are missing at its end can't be told"
        }
    }
}

/// The result of checking the whole audit log.
package struct AuditVerification: Sendable, Equatable {
    /// How many events there are.
    package var count = 0
    /// The last event's id; 0 for an empty log.
    package var headID: Int64 = 0
    /// The last event's hash, 64 hexadecimal digits; `nil` for an empty log. A copy kept elsewhere also shows when
    /// somebody has rewritten the whole chain.
    package var headHash: String?
    /// In the order of the ids; at most `faultsMax`.
    package var faults: [AuditFault] = []

    package static let faultsMax = 100

    package init() {}

    fileprivate mutating func add(_ fault: AuditFault) {
        if faults.count < Self.faultsMax { faults.append(fault) }
    }
}

/// A verification that is under way, between two batches.
package struct AuditWalk: Sendable {
    package private(set) var verification = AuditVerification()
    package private(set) var isDone = false
    private var previousHash = AuditEvent.firstHash

    package init() {}

    fileprivate mutating func visit(_ event: AuditEvent, _ storedPrevious: [UInt8], _ hash: [UInt8]) {
        let last = verification.headID
        if event.id != last + 1 {
            verification.add(.gap(after: last, before: event.id))
        } else if storedPrevious != previousHash {
            verification.add(.wrongPreviousHash(id: event.id))
        }
        if event.hash(after: storedPrevious) != hash { verification.add(.edit(id: event.id)) }
        verification.count += 1
        verification.headID = event.id
        verification.headHash = Hex.encode(hash)
        previousHash = hash
    }

    fileprivate mutating func finish(_ head: AuditHead?) {
        isDone = true
        let last = verification.headID
        guard let head else { return verification.add(.missingHead) }
        if head.lastID > last {
            verification.add(.missingTail(last: last, issued: head.lastID))
        } else if head.lastID < last || head.hash != previousHash {
            verification.add(.wrongHead(last: last, head: head.lastID))
        }
    }
}

extension ReadTransaction {
    /// Checks the next events, at most `eventsMax`; done when none is left.
    package borrowing func advance(
        _ walk: AuditWalk,
        eventsMax: Int = 1_000
    ) throws(StoreError) -> AuditWalk {
        var walk = walk
        var count = 0
        try forEachRow(
            "\(selectEvents) WHERE id > ? ORDER BY id LIMIT ?",
            [.integer(walk.verification.headID), Value(max(eventsMax, 1))]
        ) { row throws(StoreError) in
            walk.visit(auditEvent(row), row.blob(at: 9) ?? [], row.blob(at: 10) ?? [])
            count += 1
        }
        if count < max(eventsMax, 1) {
            // Read in the same transaction as the last batch, so that an event that comes later doesn't seem to be
            // missing.
            walk.finish(try auditHead())
        }
        return walk
    }

    /// Checks the whole audit log in one go; `Store.verifyAudit` lets other readers in between.
    package borrowing func auditFaults() throws(StoreError) -> AuditVerification {
        var walk = AuditWalk()
        while !walk.isDone { walk = try advance(walk) }
        return walk.verification
    }
}

extension Store {
    /// Checks the whole audit log: every event is there, unedited, and chained to the one before it.
    ///
    /// In batches, so that the reader publishes changes meanwhile.
    package func verifyAudit() async throws(StoreError) -> AuditVerification {
        var walk = AuditWalk()
        while !walk.isDone {
            walk = try await read { [walk] reading throws(StoreError) in try reading.advance(walk) }
        }
        return walk.verification
    }
}
