import Policy
import Store
import Testing

struct TenantTests {
    @Test func `tenants are created, listed, suspended and resumed`() async throws {
        let clock = TestClock(10)
        try await withStore(clock: clock.read) { store in
            let acme = try TenantName("acme")
            let zeta = try TenantName("zeta")
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.createTenant(zeta)
                try write.createTenant(acme, title: "Acme's \"best\" 🏭")
            }
            let all = try await store.read { read throws(StoreError) in try read.tenants(nowMs: 10) }
            #expect(all.map { $0.name } == [acme, zeta])
            #expect(all.map { $0.title } == ["Acme's \"best\" 🏭", nil])
            #expect(all.allSatisfy { $0.state == .active && $0.createdAtMs == 10 })
            clock.set(20)
            let suspended = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.suspendTenant(acme)
            }
            #expect(suspended.state == .suspended && suspended.updatedAtMs == 20)
            clock.set(30)
            let again = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.suspendTenant(acme)
            }
            #expect(again == suspended)
            let resumed = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.resumeTenant(acme)
            }
            #expect(resumed.state == .active && resumed.updatedAtMs == 30)
        }
    }

    @Test func `a name in use, a bad title and an unknown tenant are refused`() async throws {
        try await withStore { store in
            let acme = try TenantName("acme")
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.createTenant(acme)
            }
            let kinds = await [0, 1, 2, 3].asyncMap { attempt in
                await #expect(throws: StoreError.self) {
                    try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                        switch attempt {
                        case 0: try write.createTenant(acme, title: "again")
                        case 1: try write.createTenant(try checked(TenantName("b")), title: "line\nbreak")
                        case 2:
                            try write.createTenant(
                                try checked(TenantName("b")),
                                title: String(repeating: "t", count: 201)
                            )
                        default: try write.suspendTenant(try checked(TenantName("ghost")))
                        }
                    }
                }?.kind
            }
            #expect(kinds == [.conflict, .invalid, .invalid, .notFound])
            let all = try await store.read { read throws(StoreError) in try read.tenants(nowMs: 0) }
            #expect(all.map { $0.title } == [nil])
        }
    }
}

struct KeyTests {
    private func withTenant<T>(
        clock: @escaping @Sendable () -> Int64 = { 1_000 },
        _ body: (Store, TenantName) async throws -> T
    ) async throws -> T {
        let acme = try TenantName("acme")
        return try await withStore(clock: clock) { store in
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.createTenant(acme)
            }
            return try await body(store, acme)
        }
    }

    @Test func `a key has the right form, works through the snapshot, and isn't stored`() async throws {
        try await withTenant { store, acme in
            let issued = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.issueKey(for: acme, name: "ci", expiresAtMs: 5_000)
            }
            let parts = issued.key.text.split(separator: "_", omittingEmptySubsequences: false)
            #expect(parts.count == 3)
            #expect(parts[0] == "mgw")
            #expect(parts[1] == issued.record.prefix)
            #expect(parts[1].utf8.count == 8 && parts[2].utf8.count == 43)
            #expect(parts[1].utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) })
            #expect(parts[2].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
            #expect(issued.record.name == "ci")
            #expect(issued.record.expiresAtMs == 5_000)

            let snapshot = try await store.loadSnapshot()
            let outcome = snapshot.authenticate(hash: issued.key.hash, nowMs: 4_999)
            #expect(outcome == .success(Principal(tenant: 0, key: 0)))
            #expect(snapshot.authenticate(hash: issued.key.hash, nowMs: 5_000) == .failure(.expired))

            let dump = try storedBytes(store.path)
            #expect(dump.contains(Array(issued.record.prefix.utf8)))
            #expect(!dump.contains(Array(parts[2].utf8)))
        }
    }

    @Test func `a key's descriptions don't show its secret`() async throws {
        try await withTenant { store, acme in
            let issued = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.issueKey(for: acme)
            }
            var dumped = ""
            dump(issued, to: &dumped)
            let secret = try #require(issued.key.text.split(separator: "_").last)
            for text in [
                "\(issued)", "\(issued.key)", String(reflecting: issued), String(describing: issued), dumped,
            ] {
                #expect(!text.contains(secret))
                #expect(text.contains(issued.key.prefix))
            }
        }
    }

    @Test func `a thousand keys are all different`() async throws {
        try await withTenant { store, acme in
            let texts = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                var texts: Set<String> = []
                for _ in 0..<1_000 { texts.insert(try write.issueKey(for: acme).key.text) }
                return texts
            }
            #expect(texts.count == 1_000)
            let symbols = Set(texts.flatMap { $0.split(separator: "_")[2] })
            #expect(symbols.count == 62)
        }
    }

    @Test func `a revoked key stays listed and doesn't work`() async throws {
        let clock = TestClock(1_000)
        try await withTenant(clock: clock.read) { store, acme in
            let issued = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.issueKey(for: acme)
            }
            let prefix = issued.record.prefix
            clock.set(2_000)
            let revoked = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.revokeKey(prefix: prefix)
            }
            #expect(revoked.revokedAtMs == 2_000)
            clock.set(3_000)
            let again = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.revokeKey(prefix: prefix)
            }
            #expect(again.revokedAtMs == 2_000)
            let listed = try await store.read { read throws(StoreError) in try read.keys(of: acme) }
            #expect(listed == [revoked])
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.authenticate(hash: issued.key.hash, nowMs: 3_000) == .failure(.revoked))
            let tenant = try await store.read { read throws(StoreError) in try read.tenant(acme, nowMs: 3_000)
            }
            #expect(tenant.activeKeyCount == 0)
        }
    }

    @Test func `a key with patterns sees only the tools that they match`() async throws {
        try await withTenant { store, acme in
            let patterns = ["a___*", "*___y"].compactMap { NamePattern($0) }
            let spec = try TargetTests.spec("a")
            let other = try TargetTests.spec("b")
            let issued = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                for var spec in [spec, other] {
                    spec.approval = .open
                    let id = try write.addTarget(spec).id
                    _ = try write.applyRefresh(
                        targetID: id,
                        tools: [definition("x"), definition("y")],
                        durationMs: 1
                    )
                }
                return try write.issueKey(for: acme, allow: patterns)
            }
            #expect(issued.record.allow == patterns)
            let snapshot = try await store.loadSnapshot()
            let principal = Principal(tenant: 0, key: 0)
            #expect(snapshot.authenticate(hash: issued.key.hash, nowMs: 0) == .success(principal))
            let visible = snapshot.visibleTools(for: principal, nowMs: 0).map {
                snapshot.tools[$0].exposedName
            }
            #expect(visible == ["a___x", "a___y", "b___y"])
        }
    }

    @Test func `an invalid request for a key is refused`() async throws {
        try await withTenant { store, acme in
            let pattern = try #require(NamePattern("*"))
            let kinds = await (0..<5).asyncMap { attempt in
                await #expect(throws: StoreError.self) {
                    try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                        switch attempt {
                        case 0: try write.issueKey(for: try checked(TenantName("ghost")))
                        case 1: try write.issueKey(for: acme, expiresAtMs: 1_000)
                        case 2: try write.issueKey(for: acme, name: "a\u{7}b")
                        case 3: try write.issueKey(for: acme, name: String(repeating: "n", count: 300))
                        default: try write.issueKey(for: acme, allow: Array(repeating: pattern, count: 101))
                        }
                    }
                }?.kind
            }
            #expect(kinds == [.notFound, .invalid, .invalid, .invalid, .invalid])
        }
    }

    @Test(arguments: [
        "", "abcdefg", "abcdefghi", "ABCDEFGH", "abcd'--x", "abcdefg\0", "mgw_abcdefgh_verysecretverysecret",
    ])
    func `a malformed prefix is refused without being repeated`(_ text: String) async throws {
        try await withStore { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                    _ = try write.revokeKey(prefix: text)
                }
            }
            #expect(error?.kind == .invalid)
            if !text.isEmpty { #expect(error?.description.contains(text) == false) }
        }
    }

    @Test func `an unknown prefix is not found`() async throws {
        try await withStore { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                    _ = try write.revokeKey(prefix: "abcdefgh")
                }
            }
            #expect(error?.kind == .notFound)
        }
    }
}

extension Sequence {
    func asyncMap<T>(_ body: (Element) async -> T) async -> [T] {
        var all: [T] = []
        for element in self { all.append(await body(element)) }
        return all
    }
}
