import CSQLite

/// The prepared statements of one connection that are not in use, kept for the next use of the same text: preparing a
/// small statement costs many times what running it does.
///
/// After a change of the schema, SQLite prepares a statement again by itself. A PRAGMA isn't kept. One thread only,
/// like the connection.
/// Source: https://www.sqlite.org/c3ref/prepare.html, https://www.sqlite.org/c3ref/reset.html,
/// https://www.sqlite.org/pragma.html
final class StatementCache {
    /// How many are kept; the one unused for longest goes first. Each takes some kilobytes.
    static let statementsMax = 64

    private struct Entry {
        let handle: OpaquePointer
        /// When it was given back, as a count of statements given back.
        let turn: UInt64
    }

    private var entries: [String: Entry] = [:]
    private var turn: UInt64 = 0
    private var isClosed = false

    /// A statement of that text, ready to be bound; nobody else gets it until it is given back.
    func take(_ sql: String) -> OpaquePointer? { entries.removeValue(forKey: sql)?.handle }

    /// Takes a statement back, as it is after its last step.
    func giveBack(_ handle: OpaquePointer, _ sql: String) {
        // A PRAGMA does some of its work as it is prepared.
        if isClosed || sql.hasPrefix("PRAGMA") {
            sqlite3_finalize(handle)
            return
        }
        sqlite3_reset(handle)  // its result only repeats the last step's
        sqlite3_clear_bindings(handle)
        if entries.count >= Self.statementsMax { removeOldest() }
        turn += 1
        let other = entries.updateValue(Entry(handle: handle, turn: turn), forKey: sql)
        // Another statement of the same text was in use beside this one; only one of them is kept.
        if let other { sqlite3_finalize(other.handle) }
    }

    private func removeOldest() {
        guard let oldest = entries.min(by: { $0.value.turn < $1.value.turn }) else { return }
        entries[oldest.key] = nil
        sqlite3_finalize(oldest.value.handle)
    }

    /// The connection closes: nothing is kept from now on.
    func close() {
        isClosed = true
        for entry in entries.values { sqlite3_finalize(entry.handle) }
        entries = [:]
    }
}
