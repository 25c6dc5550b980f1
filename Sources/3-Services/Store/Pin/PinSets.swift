import Bytes
import Crypto
import JSON
import Policy
import Database

/// One tool of a pin set: the target's own name for it, the hash of its canonical definition, and its alias at that
/// time.
struct Pin: Equatable {
    var tool: String
    var sha256: Digest
    var alias: String?
}

/// Columns from 0: name, hash, alias.
private func pin(_ row: borrowing Row) throws(StoreError) -> Pin {
    Pin(tool: row.text(at: 0) ?? "", sha256: try storedDigest(row, at: 1), alias: row.text(at: 2))
}

extension ReadTransaction {
    borrowing func pins(of pinSet: Int64) throws(StoreError) -> [Pin] {
        try rows("SELECT tool_name, sha256, alias FROM pin WHERE pin_set_id = ?", [.integer(pinSet)]) {
            row throws(StoreError) in try pin(row)
        }
    }
}

extension WriteTransaction {
    /// The pin set of the target's tools as they are now; `nil` when the target doesn't pin, or its tools were never
    /// read.
    borrowing func presentPinSet(of target: TargetRecord) throws(StoreError) -> Int64? {
        guard target.pinsDefinitions, target.health.refreshedAtMs != nil else { return nil }
        let pins = try reading.rows(
            "SELECT name, sha256, alias.alias FROM tool \(joinAlias) WHERE tool.target_id = ?",
            [.integer(target.id)]
        ) { row throws(StoreError) in try pin(row) }
        return try pinSet(of: target.id, pins)
    }

    /// The target's only pin set with these pins, made when there is none; also stores the pinned definitions.
    borrowing func pinSet(of targetID: Int64, _ pins: [Pin]) throws(StoreError) -> Int64 {
        let sha256 = pinSetHash(pins)
        let known = try reading.rows(
            "SELECT id FROM pin_set WHERE target_id = ? AND sha256 = ?",
            [.integer(targetID), .blob(sha256)]
        ) { row throws(StoreError) in row.int64(at: 0) }
        if let known = known.first { return known }
        let id = try insert(
            "INSERT INTO pin_set (target_id, sha256) VALUES (?, ?) RETURNING id",
            [.integer(targetID), .blob(sha256)]
        )
        try runEach(
            "INSERT INTO pin (pin_set_id, tool_name, sha256, alias) VALUES (?, ?, ?, ?)",
            pins.lazy.map { [.integer(id), .text($0.tool), .blob($0.sha256.bytes), Value($0.alias)] }
        )
        try run(
            """
            INSERT INTO definition (sha256, json)
            SELECT tool.sha256, tool.definition FROM pin JOIN tool
                ON tool.target_id = ? AND tool.name = pin.tool_name AND tool.sha256 = pin.sha256
            WHERE pin.pin_set_id = ?
            ON CONFLICT (sha256) DO NOTHING
            """,
            [.integer(targetID), .integer(id)]
        )
        return id
    }

    /// Counts a tool's new alias as approved in every approval that has the tool: for an operator's own rename.
    borrowing func moveApprovals(
        of tool: String,
        targetID: Int64,
        to alias: String?
    ) throws(StoreError) {
        let sets = try reading.rows(
            """
            SELECT pin_set.id FROM pin JOIN pin_set ON pin_set.id = pin.pin_set_id
            WHERE pin_set.target_id = ? AND pin.tool_name = ? AND pin.alias IS DISTINCT FROM ?
            """,
            [.integer(targetID), .text(tool), Value(alias)]
        ) { row throws(StoreError) in row.int64(at: 0) }
        for set in sets {
            var pins = try reading.pins(of: set)
            for index in pins.indices where pins[index].tool.utf8.elementsEqual(tool.utf8) {
                pins[index].alias = alias
            }
            try run(
                "UPDATE subscription SET pin_set_id = ?, revision = revision + 1 WHERE pin_set_id = ?",
                [.integer(try pinSet(of: targetID, pins)), .integer(set)]
            )
        }
        if !sets.isEmpty { try collectPins() }
    }

    /// Makes the approvals agree with whether the target pins definitions.
    ///
    /// When it does, approvals that aren't bound yet (pinning was off, or the target had never been read) are bound
    /// to the present tools. When it doesn't, all are released, so that turning it on later binds them to the tools
    /// of that time.
    /// Call it after a change of the target's declaration, and after its first refresh. Idempotent.
    borrowing func bindPins(targetID: Int64) throws(StoreError) {
        let names = try reading.rows("SELECT name FROM target WHERE id = ?", [.integer(targetID)]) {
            row throws(StoreError) in try checked(TargetName(row.text(at: 0) ?? ""))
        }
        guard let name = names.first else { return }
        let target = try reading.target(name)
        guard target.pinsDefinitions else {
            let released = try run(
                "UPDATE subscription SET pin_set_id = NULL WHERE target_id = ? AND pin_set_id IS NOT NULL",
                [.integer(targetID)]
            )
            if released > 0 {
                try collectPins()
                try audit(
                    "target.unpin",
                    "target:\(target.name)",
                    after: ["subscriptions": .int(released)]
                )
            }
            return
        }
        let unbound = try reading.rows(
            "SELECT 1 FROM subscription WHERE target_id = ? AND state = 'approved' AND pin_set_id IS NULL LIMIT 1",
            [.integer(targetID)]
        ) { row throws(StoreError) in row.int64(at: 0) }
        guard !unbound.isEmpty, let pinSet = try presentPinSet(of: target) else { return }
        let bound = try run(
            """
            UPDATE subscription SET pin_set_id = ?
            WHERE target_id = ? AND state = 'approved' AND pin_set_id IS NULL
            """,
            [.integer(pinSet), .integer(targetID)]
        )
        try audit(
            "target.pin",
            "target:\(target.name)",
            after: ["subscriptions": .int(bound), "tools": .int(target.toolCount)]
        )
    }

    /// Drops pin sets that no approval is bound to, and definitions that nothing compares with any more.
    borrowing func collectPins() throws(StoreError) {
        let dropped = try run(
            """
            DELETE FROM pin_set WHERE NOT EXISTS (
                SELECT 1 FROM subscription WHERE pin_set_id = pin_set.id AND state = 'approved'
            )
            """
        )
        if dropped > 0 { try collectDefinitions() }
    }

    borrowing func collectDefinitions() throws(StoreError) {
        try run(
            """
            DELETE FROM definition WHERE sha256 NOT IN (
                SELECT sha256 FROM pin UNION SELECT sha256 FROM quarantine WHERE sha256 IS NOT NULL
            )
            """
        )
    }
}

/// SHA-256 of the pins in order of their names' bytes, each with its name's length before it; then of the aliases, if
/// there are any, each after four bytes 0xFF, which can't be a name's length.
private func pinSetHash(_ pins: [Pin]) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ text: String) {
        let text = Array(text.utf8)
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: text.count >> shift))
        }
        bytes += text
    }
    let pins = pins.sorted { $0.tool.utf8.lexicographicallyPrecedes($1.tool.utf8) }
    for pin in pins {
        append(pin.tool)
        bytes += pin.sha256.bytes
    }
    for pin in pins {
        guard let alias = pin.alias else { continue }
        bytes += [0xFF, 0xFF, 0xFF, 0xFF]
        append(pin.tool)
        append(alias)
    }
    return SHA256.hash(bytes).bytes
}
