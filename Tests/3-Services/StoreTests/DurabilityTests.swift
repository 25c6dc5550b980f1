import Glibc
import Policy
import Database
import Store
import Synchronization
import TestSupport
import Testing
import Threads

@Suite(.timeLimit(.minutes(1)))
struct DurabilityTests {
    /// The process is killed in the middle of the write after the first `count` writes.
    @Test(arguments: [0, 1, 2, 25])
    func `a process killed during a write keeps every earlier write and no part of that one`(_ count: Int)
        async throws
    {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, count = count as Int] in
                let store = try Store.open(path: path)
                for number in 0..<count {
                    try store.writeBlocking(as: .cli(user: "test")) { write throws(StoreError) in
                        _ = try write.createTenant(try checked(TenantName("kept-\(number)")))
                    }
                }
                try store.writeBlocking(as: .cli(user: "test")) { write throws(StoreError) in
                    for number in 0..<200 {
                        try write.createTenant(try checked(TenantName("lost-\(number)")))
                    }
                    kill(getpid(), SIGKILL)
                }
            }
            let names = try await tenantNames(path)
            #expect(names == Set((0..<count).map { "kept-\($0)" }))
        }
    }

    /// The process is killed after a random time, at any point of the writer's work.
    @Test(arguments: 0..<6)
    func `a process killed at any moment loses nothing that was committed`(_ round: Int) async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            let ledger = "\(directory)/ledger"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, ledger = ledger as String, round = round as Int] in
                let file = open(ledger, O_CREAT | O_WRONLY | O_APPEND, 0o600)
                let store = try Store.open(path: path)
                let spins = Atomic<Int>(0)
                let killer = try OwnerThread(
                    name: "killer",
                    idleEvery: .seconds(60),
                    idle: { _ in },
                    owning: NoValue()
                )
                for number in 0... {
                    try store.writeBlocking(as: .cli(user: "test")) { write throws(StoreError) in
                        let name = try checked(TenantName("t\(number)"))
                        try write.createTenant(name, title: String(repeating: "x", count: 200))
                        _ = try write.issueKey(for: name)
                    }
                    // One byte for each write that returned; the kernel keeps it when the process is killed.
                    guard write(file, "x", 1) == 1 else { exit(1) }
                    if number == 3 + round {
                        _ = killer.enqueue { _ in
                            for spin in 0..<(round * 400_000) { spins.store(spin, ordering: .relaxed) }
                            kill(getpid(), SIGKILL)
                        }
                    }
                }
            }
            var status = stat()
            #expect(stat(ledger, &status) == 0)
            let names = try await tenantNames(path)
            // The last commit may have been made without being noted.
            let noted = Int(status.st_size)
            #expect(noted >= 4)
            #expect((noted...noted + 1).contains(names.count))
            #expect((0..<noted).allSatisfy { names.contains("t\($0)") })
        }
    }

    @Test func `two processes that write at the same time both succeed`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/store.db"
            let store = try Store.open(path: path)
            defer { store.close() }
            await withTaskGroup { group in
                for process in 0..<2 {
                    group.addTask {
                        _ = await #expect(processExitsWith: .success) {
                            [path = path as String, process = process as Int] in
                            let store = try Store.open(path: path)
                            for number in 0..<150 {
                                try store.writeBlocking(as: .cli(user: "test")) { write throws(StoreError) in
                                    _ = try write.createTenant(
                                        try checked(TenantName("p\(process)-\(number)"))
                                    )
                                }
                            }
                            store.close()
                        }
                    }
                }
                group.addTask {
                    for number in 0..<150 {
                        _ = await #expect(throws: Never.self) {
                            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                                _ = try write.createTenant(try checked(TenantName("own-\(number)")))
                            }
                        }
                    }
                }
            }
            let names = try await tenantNames(path)
            #expect(names.count == 450)
        }
    }

    @Test func `a write that waits for another process's lock gets it when it's free`() async throws {
        // The write may wait long, because the machine's load determines how soon the lock is free.
        try await withStore(busyTimeoutMs: 120_000) { store in
            let holder = try Connection.open(.sqlite(path: store.path))
            try holder.execute("BEGIN IMMEDIATE")
            async let write: Void = store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.createTenant(try checked(TenantName("patient")))
            }
            // Readers continue meanwhile.
            for _ in 0..<20 { #expect(try await store.loadSnapshot().tenants.isEmpty) }
            try holder.execute("COMMIT")
            try await write
            #expect(try await store.loadSnapshot().tenants.map { $0.name } == ["patient"])
        }
    }

    /// Opens the store again, lets SQLite check it, and reads it.
    private func tenantNames(_ path: String) async throws -> Set<String> {
        let store = try Store.open(path: path)
        defer { store.close() }
        let check = try Connection.open(.sqlite(path: path))
        let faults = try check.integer(
            "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"
        )
        let orphans = try check.integer("SELECT count(*) FROM pragma_foreign_key_check")
        #expect(faults == 0)
        #expect(orphans == 0)
        let snapshot = try await store.loadSnapshot()
        let names = Set(snapshot.tenants.map { $0.name })
        // The audit log has an event for each stored change and for no other, and continues where it stopped.
        let audited = try await store.read { read throws(StoreError) in
            var names: Set<String> = []
            var filter = AuditFilter(actionPrefix: "tenant.create", limit: AuditFilter.limitMax)
            while true {
                let events = try read.auditEvents(filter)
                guard let last = events.last else { return names }
                names.formUnion(events.compactMap { $0.tenant })
                filter.beforeID = last.id
            }
        }
        #expect(audited == names)
        let before = try await store.verifyAudit()
        #expect(before.faults.isEmpty)
        try await store.write(as: .system) { write throws(StoreError) in
            try write.audit("test.step", "after:kill")
        }
        let after = try await store.verifyAudit()
        #expect(after.faults.isEmpty && after.count == before.count + 1)
        return names
    }
}

private struct NoValue: ~Copyable {}
