import Database

/// The faults of one target's file, as a server found them last.
package struct TargetFileFault: Sendable, Equatable {
    /// The folder's name, which need not be a valid target name; empty for a fault of the folder of all targets.
    package var target: String
    /// Each with file, line and key; at least one.
    package var faults: [String]
    /// Since when the faults are the same, in milliseconds since 1970.
    package var sinceMs: Int64

    package init(target: String, faults: [String], sinceMs: Int64) {
        self.target = target
        self.faults = faults
        self.sinceMs = sinceMs
    }
}

extension ReadTransaction {
    /// All faulty target files, in the order of their names' bytes.
    package borrowing func targetFileFaults() throws(StoreError) -> [TargetFileFault] {
        try rows("SELECT target, faults, since_ms FROM target_file_fault ORDER BY target") {
            row throws(StoreError) in
            TargetFileFault(
                target: row.text(at: 0) ?? "",
                faults: faultLines(row.text(at: 1)),
                sinceMs: row.int64(at: 2)
            )
        }
    }
}

extension WriteTransaction {
    /// Makes the given faults, by target, the only stored ones. Faults that are stored already aren't written again.
    package borrowing func recordTargetFileFaults(_ faults: [String: [String]]) throws(StoreError) {
        let known = try reading.targetFileFaults()
        for old in known where faults[old.target]?.isEmpty ?? true {
            try run("DELETE FROM target_file_fault WHERE target = ?", [.text(old.target)])
        }
        for (target, lines) in faults.sorted(by: { $0.key < $1.key }) where !lines.isEmpty {
            let lines = lines.map { String($0.map { $0.isNewline ? " " : $0 }) }
            if known.contains(where: { $0.target == target && $0.faults == lines }) { continue }
            try run(
                """
                INSERT INTO target_file_fault (target, faults, since_ms) VALUES (?, ?, ?)
                ON CONFLICT (target) DO UPDATE SET faults = excluded.faults, since_ms = excluded.since_ms
                """,
                [.text(target), .text(lines.joined(separator: "\n")), .integer(clock())]
            )
        }
    }
}

/// The lines of the column `faults`; none for NULL.
func faultLines(_ text: String?) -> [String] {
    (text ?? "").split(separator: "\n").map { String($0) }
}
