extension Connection {
    package enum TransactionKind: Sendable {
        /// Sees one moment of the database from its first read on; never waits for a writer.
        case reading
        /// The only one that writes: takes the write lock first, so that it never finds later that its reads are stale.
        case writing
    }

    /// Runs `body` in a transaction; rolls back and throws on when it throws.
    ///
    /// `wrap` makes the body's error type out of what BEGIN and COMMIT throw. A failed COMMIT rolls back too: the
    /// transaction has then happened not at all. A rehearsal runs the body, then undoes what it did and returns its
    /// value. Not to be nested.
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
            // Some failures (a full disk, for one) have rolled back already; then this has nothing to do and says so.
            try? execute("ROLLBACK")
            throw error
        }
    }

    private borrowing func begin(_ kind: TransactionKind) throws(DatabaseError) {
        switch engine {
        case .sqlite:
            // A deferred one that came to write could fail with SQLITE_BUSY_SNAPSHOT.
            // Source: https://www.sqlite.org/lang_transaction.html
            try execute(kind == .reading ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE")
        }
    }
}
