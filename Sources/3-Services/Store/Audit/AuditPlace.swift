import Bytes
import Database

/// A place in the audit log's chain: an event, and its hash, which covers it and all events before it.
package struct AuditPlace: Sendable, Equatable {
    package let id: Int64
    /// 64 hexadecimal digits.
    package let hash: String

    package init(id: Int64, hash: String) {
        self.id = id
        self.hash = hash
    }
}

extension ReadTransaction {
    /// The last event; nil for an empty log.
    package borrowing func lastAuditPlace() throws(StoreError) -> AuditPlace? {
        try rows("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1") { row throws(StoreError) in
            AuditPlace(row)
        }.first
    }

    /// The newest event at that moment or before it; nil when there is none.
    /// - Parameter ms: milliseconds since 1970.
    package borrowing func auditPlace(atOrBefore ms: Int64) throws(StoreError) -> AuditPlace? {
        try rows(
            "SELECT id, hash FROM audit WHERE at_ms <= ? ORDER BY at_ms DESC, id DESC LIMIT 1",
            [.integer(ms)]
        ) { row throws(StoreError) in AuditPlace(row) }.first
    }

    /// The event of that id; nil when there is none.
    package borrowing func auditPlace(_ id: Int64) throws(StoreError) -> AuditPlace? {
        try rows("SELECT id, hash FROM audit WHERE id = ?", [.integer(id)]) { row throws(StoreError) in
            AuditPlace(row)
        }.first
    }
}

extension AuditPlace {
    fileprivate init(_ row: borrowing Row) {
        self.init(id: row.int64(at: 0), hash: Hex.encode(row.blob(at: 1) ?? []))
    }
}

/// The result of looking some events up in a store's audit log.
package struct AuditPlaceCheck: Sendable {
    /// The events in the order in which they were asked for; nil for one that isn't there.
    package let found: [AuditPlace?]
    /// The faults of the log as a whole.
    package let faults: [String]
}

extension Store {
    /// Looks some events up in the audit log of a store's file, and checks the log's chain from the first event to
    /// the last.
    ///
    /// Nothing is written, and an older store isn't migrated. Blocks while the log is read.
    /// - Throws: `.unavailable` for a file that is missing or isn't a store, `.corrupt` for a damaged one.
    package static func auditPlaces(
        _ ids: [Int64],
        inFile path: String
    ) throws(StoreError) -> AuditPlaceCheck {
        let location = DatabaseLocation.sqlite(path: path)
        guard let file = location.file, file.exists else { throw StoreError(missing: path) }
        let reading: ReadTransaction
        do throws(DatabaseError) {
            reading = ReadTransaction(connection: try Connection.open(location, access: .read))
        } catch {
            throw StoreError(opening: location, error)
        }
        let check = reading.perform { reading throws(StoreError) in
            let stamp = try reading.schemaStamp()
            guard stamp.application == Schema.applicationID, stamp.version >= 4 else {
                throw StoreError(
                    .unavailable,
                    "\(path) is not a store of the gateway with an audit log",
                    hint: "name the store's file, or a copy of it"
                )
            }
            var found: [AuditPlace?] = []
            for id in ids { found.append(try reading.auditPlace(id)) }
            return AuditPlaceCheck(found: found, faults: try reading.auditFaults().faults.map { "\($0)" })
        }
        return try check.get()
    }
}
