extension Connection {
    package enum TransactionKind: String, Sendable {
        /// Sees one moment of the database from its first read on; never waits for a writer.
        case reading = "BEGIN DEFERRED"
        /// Takes the write lock first, so it can't find later that its reads are stale (SQLITE_BUSY_SNAPSHOT).
        case writing = "BEGIN IMMEDIATE"
    }

    /// Runs `body` between BEGIN and COMMIT; rolls back and throws on when it throws.
    ///
    /// `wrap` makes the body's error type out of what BEGIN and COMMIT throw. A failed COMMIT rolls back too: the
    /// transaction has then happened not at all. A rehearsal runs the body, then undoes what it did and returns its
    /// value. Not to be nested.
    /// Source: https://www.sqlite.org/lang_transaction.html
    package borrowing func transaction<T, E: Error>(
        _ kind: TransactionKind,
        rehearse: Bool = false,
        wrap: (SQLiteError) -> E,
        _ body: () throws(E) -> T
    ) throws(E) -> T {
        do throws(SQLiteError) { try execute(kind.rawValue) } catch { throw wrap(error) }
        do throws(E) {
            let result = try body()
            do throws(SQLiteError) { try execute(rehearse ? "ROLLBACK" : "COMMIT") } catch {
                throw wrap(error)
            }
            return result
        } catch {
            // Some failures (a full disk, for one) have rolled back already; then this has nothing to do and says so.
            try? execute("ROLLBACK")
            throw error
        }
    }
}
