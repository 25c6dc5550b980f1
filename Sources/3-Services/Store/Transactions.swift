import Database

/// The store at one moment, lent to the body of `Store.read`; what can be read is in extensions beside each topic.
package struct ReadTransaction: ~Copyable {
    let connection: Connection

    /// Calls `row` for every row; columns count from 0 in the order of the SELECT.
    borrowing func forEachRow(
        _ sql: String,
        _ values: [Value] = [],
        _ row: (borrowing Row) throws(StoreError) -> Void
    ) throws(StoreError) {
        var statement = try prepare(sql, values)
        while try advance(&statement) { try row(statement.row) }
    }

    private borrowing func prepare(_ sql: String, _ values: [Value]) throws(StoreError) -> Statement {
        do throws(DatabaseError) {
            var statement = try Statement(sql, on: connection)
            try statement.bind(values)
            return statement
        } catch {
            throw StoreError(error)
        }
    }

    private borrowing func advance(_ statement: inout Statement) throws(StoreError) -> Bool {
        do throws(DatabaseError) { return try statement.step() } catch { throw StoreError(error) }
    }

    borrowing func rows<T>(
        _ sql: String,
        _ values: [Value] = [],
        _ row: (borrowing Row) throws(StoreError) -> T
    ) throws(StoreError) -> [T] {
        var all: [T] = []
        try forEachRow(sql, values) { statement throws(StoreError) in all.append(try row(statement)) }
        return all
    }

    borrowing func integer(_ sql: String) throws(StoreError) -> Int64 {
        do throws(DatabaseError) { return try connection.integer(sql) ?? 0 } catch { throw StoreError(error) }
    }

    borrowing func perform<T>(
        _ body: (borrowing ReadTransaction) throws(StoreError) -> T
    ) -> Result<T, StoreError> {
        Result { () throws(StoreError) in
            try connection.transaction(.reading, wrap: { StoreError($0) }) { () throws(StoreError) in
                try body(self)
            }
        }
    }
}

/// A write in progress, lent to the body of `Store.write`; what can be changed is in extensions beside each topic.
package struct WriteTransaction: ~Copyable {
    /// Sees what this transaction has changed so far.
    package let reading: ReadTransaction
    let clock: @Sendable () -> Int64
    let context = WriteContext()

    /// Runs one statement that changes something; returns the number of rows that it changed.
    @discardableResult
    borrowing func run(_ sql: String, _ values: [Value] = []) throws(StoreError) -> Int {
        do throws(DatabaseError) {
            var statement = try Statement(sql, on: reading.connection)
            try statement.bind(values)
            _ = try statement.step()
            return reading.connection.changeCount
        } catch {
            throw StoreError(error)
        }
    }

    /// Runs one statement once for each list of values, prepared once.
    borrowing func runEach(_ sql: String, _ lists: some Sequence<[Value]>) throws(StoreError) {
        do throws(DatabaseError) {
            var statement = try Statement(sql, on: reading.connection)
            for values in lists {
                try statement.bind(values)
                _ = try statement.step()
                statement.reset()
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// Runs any number of statements without values.
    borrowing func execute(_ sql: String) throws(StoreError) {
        do throws(DatabaseError) { try reading.connection.execute(sql) } catch { throw StoreError(error) }
    }

    /// Runs one INSERT that ends in `RETURNING` and a number, such as the new row's id.
    borrowing func insert(_ sql: String, _ values: [Value]) throws(StoreError) -> Int64 {
        let numbers = try reading.rows(sql, values) { row throws(StoreError) in row.int64(at: 0) }
        guard let number = numbers.first else {
            throw StoreError(.failed, "the store returned no id for a new row")
        }
        return number
    }

    borrowing func perform<T>(
        as actor: Actor = .system,
        requestID: String? = nil,
        rehearse: Bool = false,
        _ body: (borrowing WriteTransaction) throws(StoreError) -> T
    ) -> Result<T, StoreError> {
        context.actor = actor
        context.requestID = requestID
        context.lastEvent = nil
        return Result { () throws(StoreError) in
            try reading.connection.transaction(.writing, rehearse: rehearse, wrap: { StoreError($0) }) {
                () throws(StoreError) in try body(self)
            }
        }
    }
}

extension WriteTransaction {
    /// The same, but fails unless the path leads to the open file before and after: a change in a lost file counts as
    /// not made.
    borrowing func perform<T>(
        on file: StoreFile,
        as actor: Actor,
        requestID: String?,
        rehearse: Bool,
        _ body: (borrowing WriteTransaction) throws(StoreError) -> T
    ) -> Result<T, StoreError> {
        if let fault = file.fault() { return .failure(fault) }
        let outcome = perform(as: actor, requestID: requestID, rehearse: rehearse, body)
        if case .success = outcome, let fault = file.fault() { return .failure(fault) }
        return outcome
    }
}
