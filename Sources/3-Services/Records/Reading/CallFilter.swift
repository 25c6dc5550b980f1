import Database
import Telemetry

/// The conditions of a query, in the numbers of one file's tables.
struct CallFilter {
    /// nil for all.
    private var callers: NumberSet?
    private var tools: NumberSet?
    private var endings: NumberSet?

    /// - Returns: nil when no call of the file can be wanted.
    init?(_ query: CallQuery, in records: borrowing OpenRecords) throws(DatabaseError) {

        if query.tenant != nil || query.tenantID != nil || query.key != nil {
            let found = try NumberSet(
                """
                SELECT id FROM caller
                WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR tenant_id = ?2)
                    AND (?3 IS NULL OR key_prefix = ?3 OR ?3 = ?4 AND key_prefix IS NULL)
                """,
                [Value(query.tenant), Value(query.tenantID), Value(query.key), .text(CallQuery.tokens)],
                on: records.connection
            )
            if found.isEmpty { return nil }
            callers = found
        }
        if query.target != nil || query.tool != nil {
            let found = try NumberSet(
                """
                SELECT id FROM tool
                WHERE (?1 IS NULL OR target = ?1)
                    AND (?2 IS NULL OR exposed_name = ?2 OR target || '___' || name = ?2)
                """,
                [Value(query.target), Value(query.tool)],
                on: records.connection
            )
            if found.isEmpty { return nil }
            tools = found
        }
        if query.outcomes != nil || query.code != nil {
            var found = NumberSet()
            var statement = try Statement(
                "SELECT id, outcome FROM ending WHERE ?1 IS NULL OR code = ?1",
                on: records.connection
            )
            try statement.bind([Value(query.code)])
            while try statement.step() {
                let outcome = CallOutcome(rawValue: Int(statement.row.int64(at: 1))) ?? .badAnswer
                if query.outcomes?.contains(outcome) ?? true { found.insert(statement.row.int64(at: 0)) }
            }
            if found.isEmpty { return nil }
            endings = found
        }
    }

    var selectsAll: Bool { callers == nil && tools == nil && endings == nil }

    /// The calls of one tool, by the target's own name for it.
    init?(target: String, tool: String, in records: borrowing OpenRecords) throws(DatabaseError) {
        let found = try NumberSet(
            "SELECT id FROM tool WHERE target = ? AND name = ?",
            [.text(target), .text(tool)],
            on: records.connection
        )
        if found.isEmpty { return nil }
        tools = found
    }

    /// The positions of calls that are wanted.
    struct Hits {
        /// nil for all.
        let positions: [UInt16]?

        var isNone: Bool { positions?.isEmpty ?? false }
    }

    func hits(_ head: [UInt8], count: Int) throws(BlockFault) -> Hits {
        var reader = try RecordBlock.reader(head, count: count)
        var hits: [UInt16]?
        for wanted in [callers, tools] {
            guard let wanted else {
                _ = try reader.choices()
                continue
            }
            hits = try reader.selection { wanted.contains($0) }.keep(hits, records: count)
            if hits?.isEmpty ?? false { return Hits(positions: hits) }
        }
        if let endings { hits = try reader.selection { endings.contains($0) }.keep(hits, records: count) }
        return Hits(positions: hits)
    }
}

/// A set of small numbers, such as those of a table's rows.
struct NumberSet {
    private static let max = 1 << 20
    private var contained: [Bool] = []

    init() {}

    /// The first columns of a statement's rows.
    init(_ sql: String, _ values: [Value], on connection: borrowing Connection) throws(DatabaseError) {
        var statement = try Statement(sql, on: connection)
        try statement.bind(values)
        while try statement.step() { insert(statement.row.int64(at: 0)) }
    }

    var isEmpty: Bool { contained.isEmpty }

    mutating func insert(_ number: Int64) {
        guard 0..<Int64(Self.max) ~= number else { return }
        let missing = Int(number) + 1 - contained.count
        if missing > 0 { contained.append(contentsOf: repeatElement(false, count: missing)) }
        contained[Int(number)] = true
    }

    @inline(__always)
    func contains(_ number: Int32) -> Bool {
        contained.indices.contains(Int(number)) && contained[Int(number)]
    }
}
