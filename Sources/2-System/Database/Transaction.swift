extension Connection {
    package enum TransactionKind: Sendable {
        /// Sees one moment of the database from its first read on; never waits for a writer.
        case reading
        /// The only kind that writes. Takes the write lock first, so that its reads can't turn out to be stale later.
        case writing
    }

    /// Runs `body` in a transaction; when it throws, rolls back and throws the same error.
    ///
    /// `wrap` turns an error of BEGIN or COMMIT into the body's error type. A failed COMMIT rolls back too: nothing
    /// of the transaction remains. A rehearsal runs the body, undoes what it did, and returns its value. Must not be
    /// nested.
    package borrowing func transaction<T, E: Error>(
        _ kind: TransactionKind,
        rehearse: Bool = false,
        wrap: (DatabaseError) -> E,
        _ body: () throws(E) -> T
    ) throws(E) -> T {
        do throws(DatabaseError) { try begin(kind) } catch { throw wrap(error) }
        do throws(E) {
            let result = try body()
            do throws(DatabaseError) { try execute(rehearse ? "ROLLBACK" : "COMMIT") } catch {
                throw wrap(error)
            }
            return result
        } catch {
            // Some failures, such as a full disk, have rolled back already; this one then fails, which is ignored.
            try? execute("ROLLBACK")
            throw error
        }
    }

    private borrowing func begin(_ kind: TransactionKind) throws(DatabaseError) {
        switch engine {
        case .sqlite:
            // A deferred transaction that goes on to write could fail with SQLITE_BUSY_SNAPSHOT.
            // Source: https://www.sqlite.org/lang_transaction.html
            try execute(kind == .reading ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE")
        }
    }
}
