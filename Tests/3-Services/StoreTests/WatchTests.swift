import Policy
import SQLite
import Store
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WatchTests {
    /// The published snapshots, in order; `next` waits for another one.
    private struct Published {
        var snapshots: AsyncStream<Snapshot>.Iterator
        let failures: AsyncStream<StoreError>

        init(_ store: Store) async throws {
            let (stream, continuation) = AsyncStream<Snapshot>.makeStream()
            let (failures, failing) = AsyncStream<StoreError>.makeStream()
            try await store.watch(
                publish: { continuation.yield($0) },
                onFailure: { failing.yield($0) }
            )
            snapshots = stream.makeAsyncIterator()
            self.failures = failures
        }

        mutating func next() async throws -> Snapshot {
            let snapshot = await snapshots.next(isolation: #isolation)
            return try #require(snapshot)
        }
    }

    @Test func `the first snapshot is published at once, later ones with every change by any process`()
        async throws
    {
        try await withStore { store in
            let other = try Store.open(path: store.path)
            defer { other.close() }
            var published = try await Published(store)
            #expect(try await published.next().tenants.isEmpty)
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.createTenant(try checked(TenantName("own")))
            }
            #expect(try await published.next().tenants.map { $0.name } == ["own"])
            try await other.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.createTenant(try checked(TenantName("theirs")))
            }
            #expect(try await published.next().tenants.map { $0.name } == ["own", "theirs"])
        }
    }

    @Test func `another connection's commit is published within half a second`() async throws {
        try await withStore { store in
            let other = try Store.open(path: store.path)
            defer { other.close() }
            var published = try await Published(store)
            _ = try await published.next()
            let clock = ContinuousClock()
            var shortest = Duration.seconds(1_000)
            // Uses the shortest of a few times, because other tests may keep the machine busy.
            for number in 0..<5 {
                try await other.write(as: .cli(user: "test")) { write throws(StoreError) in
                    _ = try write.createTenant(try checked(TenantName("tenant-\(number)")))
                }
                let committed = clock.now
                #expect(try await published.next().tenants.count == number + 1)
                shortest = min(shortest, clock.now - committed)
            }
            #expect(shortest < .milliseconds(500))
            #expect(Store.watchInterval * 2 < .milliseconds(500))
        }
    }

    @Test func `health is published under the same version, a write without a change isn't published`()
        async throws
    {
        try await withStore { store in
            let spec = try TargetTests.spec("a")
            let id = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                let id = try write.addTarget(spec).id
                _ = try write.applyRefresh(targetID: id, tools: [definition("x")], durationMs: 1)
                return id
            }
            var published = try await Published(store)
            let first = try await published.next()
            // No row changes, so this isn't published, and the next snapshot is that of the failure.
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.updateTarget(spec)
            }
            await store.published()
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.recordRefreshFailure(targetID: id, message: "down")
            }
            let second = try await published.next()
            #expect(second.version == first.version)
            #expect(second.targets.map { $0.lastError } == ["down"])
            #expect(second.tools == first.tools)
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.removeTarget(spec.name)
            }
            let third = try await published.next()
            #expect(third.version > second.version)
            #expect(third.targets.isEmpty)
        }
    }

    @Test func `after published() the writes before it have been published`() async throws {
        try await withStore { store in
            let counts = LockedList()
            try await store.watch(publish: { counts.append($0.tenants.count) }, onFailure: { _ in })
            for number in 1...50 {
                try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                    _ = try write.createTenant(try checked(TenantName("t\(number)")))
                }
                await store.published()
                #expect(counts.last == number)
            }
        }
    }

    @Test func `an unreadable store is reported once, keeps the last snapshot and recovers`() async throws {
        try await withStore { store in
            var published = try await Published(store)
            _ = try await published.next()
            let vandal = try Connection.open(path: store.path)
            try vandal.execute(
                "ALTER TABLE tenant RENAME TO hidden; UPDATE generation SET catalog = catalog + 1"
            )
            var failures = published.failures.makeAsyncIterator()
            let failure = await failures.next()
            #expect(failure?.kind == .failed)
            try vandal.execute(
                """
                ALTER TABLE hidden RENAME TO tenant;
                INSERT INTO tenant (name, state, created_at_ms, updated_at_ms) VALUES ('back', 'active', 1, 1)
                """
            )
            #expect(try await published.next().tenants.map { $0.name } == ["back"])
        }
    }
}
