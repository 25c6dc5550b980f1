import Policy
import Store
import Testing

struct PermissionTests {
    @Test func `permissions are added once, listed in order, and removed`() async throws {
        try await withStore { store in
            let acme = try TenantName("acme")
            let (time, all) = (try #require(NamePattern("time___*")), try #require(NamePattern("*")))
            let added = try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                return [
                    try write.addPermission(.deny, time, to: acme),
                    try write.addPermission(.allow, time, to: acme),
                    try write.addPermission(.allow, all, to: acme),
                    try write.addPermission(.allow, time, to: acme),
                ]
            }
            #expect(added[3] == added[1])
            let listed = try await store.read { read throws(StoreError) in try read.permissions(of: acme) }
            #expect(listed.map { $0.id } == [added[2].id, added[1].id, added[0].id])
            let entry = try #require(try await store.loadSnapshot().tenants.first)
            #expect(Set(entry.allow) == [time, all] && entry.deny == [time])
            #expect(try await store.events(AuditFilter(actionPrefix: "permission.")).count == 3)

            let removed = try await store.writing { write throws(StoreError) in
                (
                    try write.removePermission(time, of: acme, effect: .deny),
                    try write.removePermission(time, of: acme, effect: .deny),
                    try write.removePermission(time, of: acme)
                )
            }
            #expect(removed.0 == [added[0]] && removed.1.isEmpty && removed.2 == [added[1]])
            let rest = try await store.read { read throws(StoreError) in try read.permissions() }
            #expect(rest == [added[2]])
            let events = try await store.events(AuditFilter(actionPrefix: "permission.remove"))
            #expect(events.count == 2 && events.allSatisfy { $0.tenant == "acme" && $0.after == nil })
        }
    }

    @Test func `patterns are plain texts to the store: quotes, percent signs and stars match nothing else`()
        async throws
    {
        try await withStore { store in
            let acme = try TenantName("acme")
            let texts = ["*", "%", "_", "'", "a'--", "?", "[a-z]*", "time___%"]
            let patterns = try texts.map { try #require(NamePattern($0)) }
            try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                for pattern in patterns { try write.addPermission(.allow, pattern, to: acme) }
                try write.removePermission(patterns[0], of: acme)
                try write.removePermission(patterns[1], of: acme)
            }
            let rest = try await store.read { read throws(StoreError) in try read.permissions(of: acme) }
            #expect(Set(rest.map { $0.pattern }) == Set(patterns.dropFirst(2)))
        }
    }

    @Test func `a tenant has at most 1,000 permissions`() async throws {
        try await withStore { store in
            let acme = try TenantName("acme")
            let patterns = try (0...1_000).map { try #require(NamePattern("tool\($0)___*")) }
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in
                    try write.createTenant(acme)
                    for pattern in patterns.dropLast() { try write.addPermission(.allow, pattern, to: acme) }
                    // Adding an existing permission again doesn't count.
                    try write.addPermission(.allow, patterns[0], to: acme)
                    try write.addPermission(.deny, patterns[1_000], to: acme)
                }
            }
            #expect(error?.kind == .conflict)
            #expect(error?.message.contains("1000") == true)
        }
    }

    @Test func `permissions of an unknown tenant are not found`() async throws {
        let all = try #require(NamePattern("*"))
        try await withStore { store in
            let ghost = try TenantName("ghost")
            for verb in 0..<3 {
                let error = await #expect(throws: StoreError.self) {
                    try await store.writing { write throws(StoreError) in
                        switch verb {
                        case 0: _ = try write.reading.permissions(of: ghost)
                        case 1: try write.addPermission(.allow, all, to: ghost)
                        default: try write.removePermission(all, of: ghost)
                        }
                    }
                }
                #expect(error?.kind == .notFound)
            }
        }
    }
}
