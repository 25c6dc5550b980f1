// Store: targets, tools, tenants and keys at rest, in one database, which is a SQLite file. All SQL of the project is
// here, in the part that SQLite and PostgreSQL both accept (see Database); the schema is its engine's own.
//
//   Depends on   Model, Database, Crypto (random secrets, hashes), Policy (what a snapshot is made of), Sockets
//                (questions to the servers that run on it)
//   Used by      Control and AdminCLI, which change it; Server, which watches it and swaps snapshots
//   Start at     Store.open(path:), then WriteTransaction for what can be changed

@_exported public import Model  // what the store gives and takes
import EventLoop
package import Policy
import Database
import Threads

/// The open store: one thread that writes, one that reads; both are behind this and safe to use from anywhere.
///
/// Several processes may have the same file open. A write runs in one IMMEDIATE transaction: it has happened wholly
/// and durably when `write` returns, and not at all when it throws. Readers never wait for the writer.
/// Close it before the process ends; a killed process loses nothing that was committed.
package final class Store: Sendable {
    let location: DatabaseLocation
    private let file: StoreFile
    /// 32 random bytes made with the file, from which session ids get their key. Never log or show it.
    package let sessionSecret: [UInt8]
    private let writer: OwnerThread<WriteTransaction>
    private let reader: OwnerThread<Reader>

    /// Where the store is.
    package var path: String { "\(location)" }

    /// How often the reader looks for commits of other processes; they are published in less than twice this.
    package static let watchInterval = Duration.milliseconds(200)

    /// What happens when there is no file at the path.
    package enum Access: Sendable {
        /// A new store is made.
        case creating
        /// It's an error.
        case existing
    }

    /// Opens the store, making the file if that is asked for, and bringing its schema up to date when needed.
    ///
    /// Blocks for a few milliseconds, and up to the busy timeout when another process holds the file.
    /// `clock` gives milliseconds since 1970 for the times that are stored.
    /// - Throws: a `StoreError` whose hint says what to do; nothing has been changed then.
    package static func open(
        path: String,
        _ access: Access = .creating,
        busyTimeoutMs: Int = 5_000,
        clock: @escaping @Sendable () -> Int64 = WallClock.nowMs
    ) throws(StoreError) -> Store {
        try open(.sqlite(path: path), access, busyTimeoutMs: busyTimeoutMs, clock: clock)
    }

    /// The same for any engine. Statements about files apply to an engine that has one.
    private static func open(
        _ location: DatabaseLocation,
        _ access: Access,
        busyTimeoutMs: Int,
        clock: @escaping @Sendable () -> Int64
    ) throws(StoreError) -> Store {
        if access == .existing, let file = location.file, !file.exists {
            throw StoreError(missing: "\(location)")
        }
        let writing = WriteTransaction(
            reading: ReadTransaction(
                connection: try connect(location, access == .creating ? .create : .readWrite, busyTimeoutMs)
            ),
            clock: clock
        )
        try Schema.migrate(writing, of: location)
        let reading = ReadTransaction(connection: try connect(location, .read, busyTimeoutMs))
        let secret = try reading.sessionSecret()
        let file = StoreFile(of: location.file)
        do throws(ThreadError) {
            return Store(
                location: location,
                file: file,
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
                    owning: Reader(reading: reading, file: file, clock: clock)
                )
            )
        } catch {
            throw StoreError(.failed, "the store failed: \(error)")
        }
    }

    private static func connect(
        _ location: DatabaseLocation,
        _ access: Connection.Access,
        _ busyTimeoutMs: Int
    ) throws(StoreError) -> Connection {
        do throws(DatabaseError) {
            return try Connection.open(location, access: access, busyTimeoutMs: busyTimeoutMs)
        } catch {
            throw StoreError(opening: location, error)
        }
    }

    private init(
        location: DatabaseLocation,
        file: StoreFile,
        sessionSecret: [UInt8],
        writer: OwnerThread<WriteTransaction>,
        reader: OwnerThread<Reader>
    ) {
        self.location = location
        self.file = file
        self.sessionSecret = sessionSecret
        self.writer = writer
        self.reader = reader
    }

    /// Runs `body` in one write transaction on the writer thread; writes run in the order in which they are asked for.
    ///
    /// `actor` and `requestID` go into the audit log with each change. When the body throws, everything it did is
    /// undone. With `rehearse` the body runs to its end, everything it did is undone, and its value is returned.
    /// The change is published to this process's watcher at once, though not necessarily before this returns: see
    /// `published()`.
    package func write<T: Sendable>(
        as actor: Actor,
        requestID: String? = nil,
        rehearse: Bool = false,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        let file = file
        let outcome = await writer.run {
            $0.perform(on: file, as: actor, requestID: requestID, rehearse: rehearse, body)
        }
        return try finish(outcome)
    }

    /// The same for a thread that may block, such as a command's; not for an event loop.
    package func writeBlocking<T: Sendable>(
        as actor: Actor,
        requestID: String? = nil,
        rehearse: Bool = false,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        let file = file
        return try finish(
            writer.runBlocking {
                $0.perform(on: file, as: actor, requestID: requestID, rehearse: rehearse, body)
            }
        )
    }

    /// Runs `body` on the reader thread; everything it reads is from one moment.
    package func read<T: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        try Self.unwrap(await reader.run { $0.reading.perform(body) })
    }

    /// The same for a thread that may block, such as a command's; not for an event loop.
    package func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        try Self.unwrap(reader.runBlocking { $0.reading.perform(body) })
    }

    /// The present policy, built on the reader thread.
    package func loadSnapshot() async throws(StoreError) -> Snapshot {
        try await read { reading throws(StoreError) in try reading.loadSnapshot() }
    }

    /// Publishes the policy now and after every commit, of this process or another, that changes it.
    ///
    /// The first snapshot is published before this returns. `publish` runs on the reader thread, in the order of the
    /// commits; commits in quick succession are published together. A commit that only changes targets' health
    /// or ends sessions publishes a snapshot of the same version. Before a snapshot that was read in full is published, `onLoad` gets
    /// the cost of making it. When reading fails, `onFailure` is called once for all failures in a row, the last
    /// published snapshot stays in force, and the read is tried again at every interval. `onPlace` is called once per
    /// change: with the reason why the path no longer leads to the open file, or with nil when it does again. One
    /// watcher per store: a second call replaces the first.
    package func watch(
        publish: @escaping @Sendable (Snapshot) -> Void,
        onLoad: @escaping @Sendable (SnapshotCost) -> Void = { _ in },
        onPlace: @escaping @Sendable (StoreError?) -> Void = { _ in },
        onFailure: @escaping @Sendable (StoreError) -> Void
    ) async throws(StoreError) {
        let watcher = Watcher(publish: publish, onLoad: onLoad, onPlace: onPlace, onFailure: onFailure)
        try Self.unwrap(await reader.run { $0.startWatching(watcher) })
    }

    /// Waits until every commit, of any process, that was made before this call has been published to the watcher.
    /// - Returns: the version of the snapshot that was published last, 0 before the first.
    @discardableResult
    package func published() async -> Int64 {
        await reader.run { reader in
            reader.publishIfChanged()
            return reader.publishedVersion
        } ?? 0
    }

    /// Why the store can't be written: its path no longer leads to the open file. nil when all is well. Any thread;
    /// some microseconds.
    package var displacement: StoreError? { file.fault() }

    /// The inode, which tells the file from all others of its file system.
    var inode: UInt64 { file.inode }

    /// Finishes the writes already asked for and closes the file. Later calls throw `.closed`. Blocks; idempotent.
    package func close() {
        // Otherwise the last connection to close deletes the log by its name, which may be another store's by now.
        if displacement != nil {
            _ = writer.enqueue { $0.reading.connection.leaveFilesOnClose() }
            _ = reader.enqueue { $0.reading.connection.leaveFilesOnClose() }
        }
        writer.stop()
        reader.stop()
    }

    private func finish<T>(_ outcome: Result<T, StoreError>?) throws(StoreError) -> T {
        let result = try Self.unwrap(outcome)
        // Wakes the reader, which looks for changes when its queue is empty; if the queue is full, it gets there by
        // itself.
        _ = reader.enqueue { _ in }
        return result
    }

    private static func unwrap<T>(_ outcome: Result<T, StoreError>?) throws(StoreError) -> T {
        guard let outcome else { throw .refused }
        return try outcome.get()
    }
}
