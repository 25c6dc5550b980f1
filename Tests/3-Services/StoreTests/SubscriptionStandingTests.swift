import Policy
import Store
import Testing

/// The state of a subscription at a time in the past, whatever has happened to it since.
struct SubscriptionStandingTests {
    private func standing(_ store: Store, atMs: Int64) async throws -> SubscriptionStanding? {
        try await store.read { reading throws(StoreError) in
            let tenant = try reading.tenant(try .acme, nowMs: atMs)
            return try reading.subscriptionStanding(tenantID: tenant.id, target: "time", atMs: atMs)
        }
    }

    @Test func `each time has the state that held then, with who decided and when`() async throws {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            #expect(try await standing(store, atMs: 1_000) == nil)
            clock.set(2_000)
            let id = try await store.request()
            clock.set(3_000)
            try await store.change { write throws(StoreError) in
                try write.approveSubscription(id, expiresAtMs: 6_000)
            }
            clock.set(5_000)
            try await store.change(as: .cli(user: "bob")) { write throws(StoreError) in
                try write.revokeSubscription(id)
            }
            #expect(try await standing(store, atMs: 1_999) == nil)
            let pending = try await standing(store, atMs: 2_999)
            #expect(pending?.state == .pending && pending?.decidedBy == nil && pending?.id == id)
            let approved = try await standing(store, atMs: 4_999)
            #expect(approved?.state == .approved && approved?.decidedBy == "cli:alice")
            #expect(approved?.decidedAtMs == 3_000 && approved?.expiresAtMs == 6_000)
            let revoked = try await standing(store, atMs: 9_000)
            #expect(revoked?.state == .revoked && revoked?.decidedBy == "cli:bob")
            #expect(revoked?.decidedAtMs == 5_000)
        }
    }

    @Test func `an approval ends at its expiry, whether or not the expiry was stored`() async throws {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            _ = try await store.subscribe(expiresAtMs: 4_000)
            for isWritten in [false, true] {
                if isWritten {
                    clock.set(8_000)
                    try await store.change { write throws(StoreError) in try write.expireSubscriptions() }
                }
                #expect(try await standing(store, atMs: 3_999)?.state == .approved)
                let over = try await standing(store, atMs: 4_000)
                #expect(over?.state == .expired && over?.decidedBy == "cli:alice", "\(isWritten)")
                #expect(over?.decidedAtMs == 1_000)
            }
        }
    }

    @Test func `the subscription that held at a time is found among earlier and later ones`() async throws {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            let first = try await store.subscribe()
            clock.set(2_000)
            try await store.change { write throws(StoreError) in try write.revokeSubscription(first) }
            clock.set(3_000)
            let second = try await store.request()
            clock.set(4_000)
            try await store.change { write throws(StoreError) in try write.denySubscription(second) }
            #expect(try await standing(store, atMs: 1_500)?.id == first)
            #expect(try await standing(store, atMs: 3_500)?.id == second)
            #expect(try await standing(store, atMs: 4_500)?.state == .denied)
        }
    }

    @Test func `the history of a removed target and tenant is kept`() async throws {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            let id = try await store.subscribe()
            let tenantID = try await store.read { reading throws(StoreError) in
                try reading.tenant(try .acme, nowMs: 0).id
            }
            clock.set(2_000)
            try await store.change { write throws(StoreError) in
                try write.removeTarget(try .time)
                _ = try write.removeTenant(try .acme, force: true)
            }
            let found = try await store.read { reading throws(StoreError) in
                try reading.subscriptionStanding(tenantID: tenantID, target: "time", atMs: 1_500)
            }
            #expect(found?.id == id && found?.state == .approved)
            let has = try await store.read { reading throws(StoreError) in
                (
                    try reading.hasHistory(ofTenant: try .acme),
                    try reading.hasHistory(ofTenant: try checked(TenantName("x")))
                )
            }
            #expect(has.0 && !has.1)
        }
    }
}
