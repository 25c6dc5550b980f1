import Policy
import Store
import TestSupport
import Testing

struct RehearsalTests {
    @Test func `a rehearsal returns the result and changes nothing, not even the audit log`()
        async throws
    {
        try await withStore { store in
            let acme = try TenantName("acme")
            let rehearsed = try await store.write(as: .system, rehearse: true) { write throws(StoreError) in
                try write.createTenant(acme).name
            }
            #expect(rehearsed == acme)
            let (tenants, events) = try await store.read { read throws(StoreError) in
                (try read.tenants(nowMs: 0), try read.auditEvents())
            }
            #expect(tenants.isEmpty && events.isEmpty)
            // Ids and the log continue as if the rehearsal hadn't happened.
            try await store.write(as: .system) { write throws(StoreError) in
                _ = try write.createTenant(acme)
            }
            #expect(try await store.events().map { $0.id } == [1])
            #expect(try await store.verifyAudit().faults.isEmpty)
        }
    }

    @Test func `an error in a rehearsal is passed on to the caller`() async throws {
        try await withStore { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .system, rehearse: true) { write throws(StoreError) in
                    _ = try write.suspendTenant(try checked(TenantName("nobody")))
                }
            }
            #expect(error?.kind == .notFound)
            let count = try store.writeBlocking(as: .system, rehearse: true) { _ throws(StoreError) in 7 }
            #expect(count == 7)
        }
    }
}
