import FoundationEssentials
import Glibc
import Policy
import SQLite
import Store
import Synchronization
import Locks
import TestSupport
import Testing

/// A store whose files are moved, removed or replaced while it is open.
@Suite(.timeLimit(.minutes(1)))
struct StoreFileTests {
    /// A change of the files, and its reversal.
    struct Mishap: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The endings of the names of the files to move away.
        let moves: [String]
        var puts: [String] = []
        /// The text that the message contains.
        let says: String
    }

    static let mishaps = [
        Mishap(
            testDescription: "all are moved away",
            moves: ["", "-wal", "-shm"],
            says: "store.db was removed"
        ),
        Mishap(testDescription: "the file is moved away", moves: [""], says: "store.db was removed"),
        Mishap(testDescription: "the log is moved away", moves: ["-wal"], says: "store.db-wal was removed"),
        Mishap(testDescription: "the index is moved away", moves: ["-shm"], says: "store.db-shm was removed"),
        Mishap(
            testDescription: "another file is put in its place",
            moves: ["", "-wal", "-shm"],
            puts: [""],
            says: "store.db was replaced by another file"
        ),
        Mishap(
            testDescription: "another log is put in its place",
            moves: ["-wal"],
            puts: ["-wal"],
            says: "store.db-wal was replaced by another file"
        ),
    ]

    private static func move(_ from: String, _ to: String, _ endings: [String]) {
        for ending in endings { #expect(rename(from + ending, to + ending) == 0) }
    }

    private static func write(_ store: Store, _ name: String) async throws {
        try await store.write(as: .system) { write throws(StoreError) in
            _ = try write.createTenant(try checked(TenantName(name)))
        }
    }

    @Test(arguments: mishaps)
    func `a displaced store writes nothing and reports it once, until its files are put back`(
        _ mishap: Mishap
    ) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/store.db"
            let store = try Store.open(path: path)
            defer { store.close() }
            let told = Locked<[String?]>([])
            try await store.watch(
                publish: { _ in },
                onPlace: { fault in told.withLock { $0.append(fault?.message) } },
                onFailure: { _ in }
            )
            try await Self.write(store, "before")
            #expect(store.displacement == nil)
            // Runs on the watching thread, so that it doesn't check the files in between.
            try await store.read { _ throws(StoreError) in
                Self.move(path, "\(folder)/aside", mishap.moves)
                for ending in mishap.puts {
                    #expect(
                        FileManager.default.createFile(atPath: path + ending, contents: Data("not it".utf8))
                    )
                }
            }

            let error = await #expect(throws: StoreError.self) { try await Self.write(store, "during") }
            #expect(error?.kind == .displaced)
            #expect(error?.message.contains(mishap.says) == true, "\(error?.message ?? "")")
            #expect(error?.hint.contains("restart") == true)
            for _ in 0..<3 { await store.published() }
            #expect(told.withLock { $0 } == [error?.message])
            // Contents that were read before can still be read.
            #expect(try await store.loadSnapshot().tenants.map { $0.name } == ["before"])

            // The database file is put back last, so that the fault lasts until all files are back.
            Self.move("\(folder)/aside", path, mishap.moves.reversed())
            #expect(store.displacement == nil)
            await store.published()
            #expect(told.withLock { $0 } == [error?.message, nil])
            try await Self.write(store, "after")
            #expect(try await store.loadSnapshot().tenants.map { $0.name } == ["after", "before"])
        }
    }

    @Test func `a link that now points to another file is noticed, another path to the same file is fine`()
        async throws
    {
        try await withTemporaryDirectory { folder in
            try Store.open(path: "\(folder)/other.db").close()
            let link = "\(folder)/link.db"
            #expect(symlink("real.db", link) == 0)
            let store = try Store.open(path: link)
            defer { store.close() }
            try await Self.write(store, "one")
            #expect(unlink(link) == 0 && symlink("\(folder)/real.db", link) == 0)
            try await Self.write(store, "two")
            #expect(unlink(link) == 0 && symlink("other.db", link) == 0)
            await #expect(throws: StoreError.self) { try await Self.write(store, "three") }
        }
    }

    @Test func `the removal of the store's folder is noticed`() async throws {
        try await withTemporaryDirectory { folder in
            #expect(mkdir("\(folder)/var", 0o700) == 0)
            let store = try Store.open(path: "\(folder)/var/store.db")
            defer { store.close() }
            try FileManager.default.removeItem(atPath: "\(folder)/var")
            let error = await #expect(throws: StoreError.self) { try await Self.write(store, "lost") }
            #expect(error?.kind == .displaced)
        }
    }

    /// SQLite removes the log by its name when the last connection is closed.
    @Test func `closing a displaced store leaves the files of the new store alone`() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/store.db"
            let displaced = try Store.open(path: path)
            try await Self.write(displaced, "old")
            for ending in ["", "-wal", "-shm"] { #expect(unlink(path + ending) == 0) }
            let store = try Store.open(path: path)
            defer { store.close() }
            try await Self.write(store, "new")
            displaced.close()
            #expect(store.displacement == nil)
            try await Self.write(store, "newer")
            let reopened = try Store.open(path: path)
            defer { reopened.close() }
            #expect(try await reopened.loadSnapshot().tenants.map { $0.name } == ["new", "newer"])
        }
    }

    @Test func `opening an existing store creates none, and an empty file becomes a new store`() async throws
    {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/store.db"
            let error = #expect(throws: StoreError.self) { try Store.open(path: path, .existing) }
            #expect(error?.message == "there is no store at \(path)")
            #expect(access(path, F_OK) != 0)
            try Data().write(to: URL(filePath: path))
            let store = try Store.open(path: path, .existing)
            #expect(try await store.loadSnapshot().tenants.isEmpty)
            store.close()
        }
    }
}
