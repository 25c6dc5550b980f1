import Crypto
import JSON
import Policy
import SQLite

/// One tool of a pin set: the target's own name for it, and the hash of its canonical definition.
struct Pin: Equatable {
    var tool: String
    var sha256: Digest
}

extension WriteTransaction {
    /// The pin set of the target's tools as they are now; `nil` when the target doesn't pin, or was never read.
    borrowing func presentPinSet(of target: TargetRecord) throws(StoreError) -> Int64? {
        guard target.pinsDefinitions, target.health.refreshedAtMs != nil else { return nil }
        let pins = try reading.rows(
            "SELECT name, sha256 FROM tool WHERE target_id = ?",
            [.integer(target.id)]
        ) { row throws(StoreError) in Pin(tool: row.text(at: 0) ?? "", sha256: try storedDigest(row, at: 1)) }
        return try pinSet(of: target.id, pins)
    }

    /// The target's one pin set with these pins, made when there is none; keeps the definitions behind it.
    borrowing func pinSet(of targetID: Int64, _ pins: [Pin]) throws(StoreError) -> Int64 {
        let sha256 = pinSetHash(pins)
        let known = try reading.rows(
            "SELECT id FROM pin_set WHERE target_id = ? AND sha256 = ?",
            [.integer(targetID), .blob(sha256)]
        ) { row throws(StoreError) in row.int64(at: 0) }
        if let known = known.first { return known }
        try run(
            "INSERT INTO pin_set (target_id, sha256) VALUES (?, ?)",
            [.integer(targetID), .blob(sha256)]
        )
        let id = lastInsertRowID
        try runEach(
            "INSERT INTO pin (pin_set_id, tool_name, sha256) VALUES (?, ?, ?)",
            pins.lazy.map { [.integer(id), .text($0.tool), .blob($0.sha256.bytes)] }
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

    /// Makes what is approved agree with whether the target pins definitions.
    ///
    /// When it does, approvals that aren't bound yet (pinning was off, or the target had never been read) are bound
    /// to the present tools; when it doesn't, all are released, so that turning it on later means the tools of then.
    /// Call it after a change of the target's declaration, and after its first refresh. Idempotent.
    borrowing func bindPins(targetID: Int64) throws(StoreError) {
        let names = try reading.rows("SELECT name FROM target WHERE id = ?", [.integer(targetID)]) {
            row throws(StoreError) in try TargetName(row.text(at: 0) ?? "")
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

/// SHA-256 of the pins in order of their names' bytes, each with its name's length before it.
private func pinSetHash(_ pins: [Pin]) -> [UInt8] {
    var bytes: [UInt8] = []
    for pin in pins.sorted(by: { $0.tool.utf8.lexicographicallyPrecedes($1.tool.utf8) }) {
        let name = Array(pin.tool.utf8)
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: name.count >> shift))
        }
        bytes += name
        bytes += pin.sha256.bytes
    }
    return SHA256.hash(bytes).array
}
