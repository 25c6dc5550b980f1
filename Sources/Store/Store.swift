// Store: targets, tools, tenants and keys at rest, in one SQLite file. All SQL of the project is here.
//
//   Depends on   SQLite, Crypto (random secrets, hashes), Policy (what a snapshot is made of)
//   Used by      Control and AdminCLI, which change it; Server, which watches it and swaps snapshots
//   Start at     Store.open(path:), then WriteTransaction for what can be changed

package import Policy
import SQLite

/// The open store: one thread that writes, one that reads; both are behind this and safe to use from anywhere.
///
/// Several processes may have the same file open. A write runs in one IMMEDIATE transaction: it has happened wholly
/// and durably when `write` returns, and not at all when it throws. Readers never wait for the writer.
/// Close it before the process ends; a killed process loses nothing that was committed.
package final class Store: Sendable {
    package let path: String
    /// 32 random bytes made with the file, from which session ids get their key. Never log or show it.
    package let sessionSecret: [UInt8]
    private let writer: OwnerThread<WriteTransaction>
    private let reader: OwnerThread<Reader>

    /// How often the reader looks for commits of other processes; they are published in less than twice this.
    package static let watchInterval = Duration.milliseconds(200)

    /// Opens the store, making the file and bringing its schema up to date when needed.
    ///
    /// Blocks for a few milliseconds, and up to the busy timeout when another process holds the file.
    /// `clock` gives milliseconds since 1970 for the times that are stored.
    /// - Throws: a `StoreError` whose hint says what to do; nothing has been changed then.
    package static func open(
        path: String,
        busyTimeoutMs: Int = 5_000,
        clock: @escaping @Sendable () -> Int64 = wallClockMs
    ) throws(StoreError) -> Store {
        let writing = WriteTransaction(
            reading: ReadTransaction(connection: try connect(path, .create, busyTimeoutMs)),
            clock: clock
        )
        try Schema.migrate(writing, path: path)
        let reading = ReadTransaction(connection: try connect(path, .read, busyTimeoutMs))
        let secret = try reading.sessionSecret()
        do throws(SQLiteError) {
            return Store(
                path: path,
                sessionSecret: secret,
                writer: try OwnerThread(
                    name: "store-write",
                    idleEvery: .seconds(3_600),
                    idle: { _ in },
                    owning: writing
                ),
                reader: try OwnerThread(
                    name: "store-read",
                    idleEvery: watchInterval,
                    idle: { $0.publishIfChanged() },
                    owning: Reader(reading: reading)
                )
            )
        } catch {
            throw StoreError(error)
        }
    }

    private static func connect(
        _ path: String,
        _ access: Connection.Access,
        _ busyTimeoutMs: Int
    ) throws(StoreError) -> Connection {
        do throws(SQLiteError) {
            return try Connection.open(path: path, access: access, busyTimeoutMs: busyTimeoutMs)
        } catch {
            throw StoreError(opening: path, error)
        }
    }

    private init(
        path: String,
        sessionSecret: [UInt8],
        writer: OwnerThread<WriteTransaction>,
        reader: OwnerThread<Reader>
    ) {
        self.path = path
        self.sessionSecret = sessionSecret
        self.writer = writer
        self.reader = reader
    }

    /// Runs `body` in one write transaction on the writer thread; writes run in the order in which they are asked for.
    ///
    /// `actor` and `requestID` go into the audit log with each change. When the body throws, everything it did is undone. Published to this process's watcher at once, though not
    /// necessarily before this returns: see `published()`.
    package func write<T: Sendable>(
        as actor: Actor,
        requestID: String? = nil,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        let outcome = await writer.run { $0.perform(as: actor, requestID: requestID, body) }
        return try finish(outcome)
    }

    /// The same for a thread that may block, as a command's; not for an event loop.
    package func writeBlocking<T: Sendable>(
        as actor: Actor,
        requestID: String? = nil,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        try finish(writer.runBlocking { $0.perform(as: actor, requestID: requestID, body) })
    }

    /// Runs `body` on the reader thread; everything it reads is from one moment.
    package func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        try Self.unwrap(await reader.run { $0.reading.perform(body) })
    }

    /// The same for a thread that may block, as a command's; not for an event loop.
    package func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        try Self.unwrap(reader.runBlocking { $0.reading.perform(body) })
    }

    /// The policy of this moment, built on the reader thread.
    package func loadSnapshot() async throws(StoreError) -> Snapshot {
        try await read { reading throws(StoreError) in try reading.loadSnapshot() }
    }

    /// Publishes the policy now and after every commit, of this process or another, that changes it.
    ///
    /// The first snapshot is published before this returns. `publish` runs on the reader thread, in order of the
    /// commits, commits in quick succession taken together; a commit that only changes targets' health publishes a
    /// snapshot of the same version. Before a snapshot that was read whole is published, `onLoad` is told what that
    /// cost. When reading fails, `onFailure` is told once per failure in a row, the last
    /// published snapshot stays in force, and the read is tried again at every interval. One watcher per store: a
    /// second call replaces the first.
    package func watch(
        publish: @escaping @Sendable (Snapshot) -> Void,
        onLoad: @escaping @Sendable (SnapshotCost) -> Void = { _ in },
        onFailure: @escaping @Sendable (StoreError) -> Void
    ) async throws(StoreError) {
        try Self.unwrap(
            await reader.run { $0.startWatching(publish: publish, onLoad: onLoad, onFailure: onFailure) }
        )
    }

    /// Returns when every write that had returned before this was called has been published to the watcher.
    package func published() async {
        _ = await reader.run { $0.publishIfChanged() }
    }

    /// Finishes the writes already asked for and closes the file. Later calls throw `.closed`. Blocks; idempotent.
    package func close() {
        writer.stop()
        reader.stop()
    }

    private func finish<T>(_ outcome: Result<T, StoreError>?) throws(StoreError) -> T {
        let result = try Self.unwrap(outcome)
        // Wakes the reader, which looks for changes when its queue is empty; if it is full, that comes by itself.
        _ = reader.enqueue { _ in }
        return result
    }

    private static func unwrap<T>(_ outcome: Result<T, StoreError>?) throws(StoreError) -> T {
        guard let outcome else { throw .refused }
        return try outcome.get()
    }
}
