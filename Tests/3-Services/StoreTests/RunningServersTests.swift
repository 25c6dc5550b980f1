import EventLoop
import FoundationEssentials
import Glibc
import Policy
import Sockets
@testable import Store
import Synchronization
import TestSupport
import Testing

/// Commands that wait for the servers that run on a store.
@Suite(.timeLimit(.minutes(1)))
struct RunningServersTests {
    /// A server that serves the snapshots of its watcher, and another process's view of the store.
    private static func with(
        _ body: @escaping @Sendable (_ server: Store, _ command: Store, EventLoop) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/store.db"
            try await withLoop { loop in
                let (server, command) = (try Store.open(path: path), try Store.open(path: path))
                defer {
                    server.close()
                    command.close()
                }
                try await server.watch(publish: { _ in }, onFailure: { _ in })
                try await body(server, command, loop)
            }
        }
    }

    private static func create(_ name: String, in store: Store) async throws {
        try await store.write(as: .system) { write throws(StoreError) in
            _ = try write.createTenant(try checked(TenantName(name)))
        }
    }

    @Test func `without a server, a command doesn't wait`() async throws {
        try await Self.with { _, command, loop in
            #expect(await command.awaitServers(on: loop) == ServerAnswers())
            #expect(Store.servers(at: command.path).isEmpty)
        }
    }

    @Test func `after the wait, a change is in force in every server`() async throws {
        try await Self.with { server, command, loop in
            let other = try Store.open(path: server.path)
            defer { other.close() }
            let versions = Locked<[Int64]>([0, 0])
            try await server.watch(
                publish: { snapshot in versions.withLock { $0[0] = snapshot.version } },
                onFailure: { _ in }
            )
            try await other.watch(
                publish: { snapshot in versions.withLock { $0[1] = snapshot.version } },
                onFailure: { _ in }
            )
            let sockets = [
                try await ServerSocket.listen(for: server, on: loop) { await server.published() },
                try await ServerSocket.listen(for: other, on: loop) { await other.published() },
            ]
            #expect(Store.servers(at: command.path).map { $0.process } == [Int(getpid()), Int(getpid())])
            for number in 0..<50 {
                try await Self.create("t\(number)", in: command)
                #expect(await command.awaitServers(on: loop) == ServerAnswers())
                let version = try await command.loadSnapshot().version
                #expect(versions.withLock { $0 } == [version, version])
            }
            // A server doesn't wait for itself.
            #expect(await server.awaitServers(except: sockets[0], on: loop) == ServerAnswers())
            for socket in sockets { await socket.close() }
            #expect(Store.servers(at: command.path).isEmpty)
        }
    }

    @Test func `a server that is late, hangs or can't read the store is named`() async throws {
        try await Self.with { server, command, loop in
            let late = try await ServerSocket.listen(for: server, on: loop) { 0 }
            try await Self.create("a", in: command)
            let answers = await command.awaitServers(on: loop)
            #expect(answers.late == [RunningServer(process: Int(getpid()))])
            #expect(answers.note?.contains("process id \(getpid()) has not taken it over yet") == true)
            await late.close()

            let (held, release) = AsyncStream<Void>.makeStream()
            let stuck = try await ServerSocket.listen(for: server, on: loop) {
                for await _ in held { break }
                return .max
            }
            let silent = await command.awaitServers(within: .milliseconds(30), on: loop)
            #expect(silent.late.count == 1)
            release.finish()
            await stuck.close()
        }
    }

    @Test func `a server that has another file open is named, and no file is created beside the store`()
        async throws
    {
        try await Self.with { server, command, loop in
            let socket = try await ServerSocket.listen(for: server, on: loop) { await server.published() }
            for ending in ["", "-wal", "-shm"] { #expect(unlink(command.path + ending) == 0) }
            #expect(Store.servers(at: server.path).count == 1)
            let fresh = try Store.open(path: server.path)
            let answers = await fresh.awaitServers(on: loop)
            #expect(answers.elsewhere == [RunningServer(process: Int(getpid()))] && answers.late.isEmpty)
            #expect(answers.note?.contains("another file") == true)
            fresh.close()
            await socket.close()
        }
    }

    @Test func `a command finds the server that accepts local commands, and recognizes when none does`()
        async throws
    {
        try await Self.with { server, command, loop in
            #expect(await command.door(on: loop) == .nobody)
            let own = RunningServer(process: Int(getpid()))
            let door = ServerDoor(url: "http://127.0.0.1:3001", token: "mgwl_x")
            let closed = try await ServerSocket.listen(for: server, on: loop, inForce: { 0 })
            #expect(await command.door(on: loop) == .shut(own))
            let users = Locked<[UInt32]>([])
            let open = try await ServerSocket.listen(
                for: server,
                on: loop,
                inForce: { 0 },
                door: { user in
                    users.withLock { $0.append(user) }
                    return door
                }
            )
            #expect(await command.door(on: loop) == .open(door))
            #expect(users.withLock { $0 } == [getuid()])
            for socket in [closed, open] { await socket.close() }
            #expect(await command.door(on: loop) == .nobody)
        }
    }

    @Test func `a killed server's socket causes no wait, and the next start removes it`() async throws {
        try await Self.with { server, command, loop in
            let folder = String(server.path.prefix { $0 != "\0" }.dropLast("/store.db".count))
            // The name of a socket on which no server listens.
            let dead = "\(folder)/.store.db-serve-00000000"
            try Data().write(to: URL(filePath: dead))
            try Data().write(to: URL(filePath: "\(folder)/.store.db-serve-notes"))
            let began = ContinuousClock.now
            #expect(await command.awaitServers(on: loop) == ServerAnswers())
            #expect(ContinuousClock.now - began < Store.inForceLimit)
            let socket = try await ServerSocket.listen(for: server, on: loop) { await server.published() }
            #expect(access(dead, F_OK) != 0)
            #expect(access("\(folder)/.store.db-serve-notes", F_OK) == 0)
            await socket.close()
        }
    }

    @Test func `servers of a store with a long path are found too`() async throws {
        try await withTemporaryDirectory { folder in
            var deep = folder
            for _ in 0..<2 {
                deep += "/" + String(repeating: "d", count: 100)
                #expect(mkdir(deep, 0o700) == 0)
            }
            let path = "\(deep)/\(String(repeating: "é", count: 60)).db"
            try await withLoop { loop in
                let store = try Store.open(path: path)
                defer { store.close() }
                try await store.watch(publish: { _ in }, onFailure: { _ in })
                let socket = try await ServerSocket.listen(for: store, on: loop) { await store.published() }
                try await Self.create("a", in: store)
                #expect(Store.servers(at: path).count == 1)
                #expect(await store.awaitServers(on: loop) == ServerAnswers())
                await socket.close()
            }
        }
    }

    @Test func `invalid requests get a short answer, and a later valid one works`() async throws {
        try await Self.with { server, command, loop in
            let socket = try await ServerSocket.listen(for: server, on: loop) { await server.published() }
            let folder = String(server.path.dropLast("/store.db".count))
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder).first {
                    $0.hasPrefix(".store.db-serve-")
                }
            )
            var random = SeededGenerator(seed: 7)
            let alphabet = Array("in-force 0123456789 \n\0é👍")
            for _ in 0..<500 {
                let length = Int.random(in: 1...60, using: &random)
                let question = String((0..<length).compactMap { _ in alphabet.randomElement(using: &random) })
                let outcome = await LocalQuestion.ask(
                    question,
                    folder: folder,
                    name: name,
                    within: .seconds(5),
                    on: loop
                )
                #expect(
                    [
                        .answered("unknown", process: Int(getpid())),
                        .answered("other-file", process: Int(getpid())),
                    ].contains(outcome),
                    "\(question.debugDescription)"
                )
            }
            // A request that is too long, and an empty one.
            let long = String(repeating: "é", count: 10_000)
            _ = await LocalQuestion.ask(long, folder: folder, name: name, within: .seconds(5), on: loop)
            _ = LocalQuestion.listening(folder: folder, name: name)
            #expect(await command.awaitServers(on: loop) == ServerAnswers())
            await socket.close()
        }
    }
}
