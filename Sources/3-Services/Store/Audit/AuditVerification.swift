import Bytes
import Crypto
import SQLite

/// Something that isn't as the gateway wrote it.
package enum AuditFault: Sendable, Equatable, CustomStringConvertible {
    /// The events between these two are missing; `after` is 0 when the first ones are.
    case gap(after: Int64, before: Int64)
    /// The event's fields don't give its hash.
    case edit(id: Int64)
    /// The event isn't chained to the one before it.
    case wrongPreviousHash(id: Int64)
    /// The last event is `last`, but ids up to `issued` were given.
    case missingTail(last: Int64, issued: Int64)

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
        }
    }
}

/// What a walk over the whole audit log found.
package struct AuditVerification: Sendable, Equatable {
    /// How many events there are.
    package var count = 0
    /// The last event's id; 0 for an empty log.
    package var headID: Int64 = 0
    /// The last event's hash, 64 hexadecimal digits; `nil` for an empty log. Kept elsewhere, it also shows that
    /// somebody wrote the whole chain anew.
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

    fileprivate mutating func finish(issued: Int64) {
        isDone = true
        if issued > verification.headID {
            verification.add(.missingTail(last: verification.headID, issued: issued))
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
            // Of the same moment as the last batch: an event that comes later isn't missing.
            walk.finish(issued: try integer("SELECT max(seq) FROM sqlite_sequence WHERE name = 'audit'"))
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
