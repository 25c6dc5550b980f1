import Policy
import Store
import Testing

/// Every combination of a state and a verb.
struct SubscriptionStateTests {
    typealias State = SubscriptionRecord.State

    enum Verb: String, CaseIterable, Sendable { case request, approve, deny, revoke, cancel, expire }

    struct Row: Sendable, CustomTestStringConvertible {
        let state: State
        let verb: Verb
        /// The state of the tenant's newest subscription afterwards; `nil` when the verb is refused.
        let after: State?

        var testDescription: String { "\(verb.rawValue) when \(state.rawValue)" }
    }

    static let rows: [Row] = State.allCases.flatMap { state in
        Verb.allCases.map { Row(state: state, verb: $0, after: after(state, $0)) }
    }

    /// The state machine, implemented again independently of the store.
    static func after(_ state: State, _ verb: Verb) -> State? {
        switch (state, verb) {
        case (.pending, .approve): .approved
        case (.pending, .deny): .denied
        case (.pending, .cancel): .cancelled
        case (.approved, .revoke): .revoked
        case (.pending, .request), (.approved, .request): state
        case (_, .request): .pending
        case (_, .expire): state
        default: nil
        }
    }

    @Test(arguments: rows)
    func `a verb leads to the state that the machine allows, or is refused with the reason`(_ row: Row)
        async throws
    {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            let id = try await bring(store, to: row.state, clock)
            let before = try await newest(store, clock)
            #expect(before.state == row.state)
            let events = try store.auditCount
            let refused = await refusal { try await perform(row.verb, id, store) }
            let now = try await newest(store, clock)
            guard let after = row.after else {
                #expect(refused?.kind == .conflict)
                #expect(refused?.message.contains(row.state.rawValue) == true, "\(refused?.message ?? "")")
                if row.state != .expired, row.state != .pending {
                    #expect(refused?.message.contains("cli:alice at 1970-01-01T00:00:01Z") == true)
                }
                #expect(now == before)
                #expect(try store.auditCount == events)
                return
            }
            #expect(refused == nil)
            #expect(now.state == after)
            let isNew = row.verb == .request && !row.state.isLive
            #expect((now.id != id) == isNew)
            // A verb that changes nothing isn't logged.
            let changes = after != row.state || isNew
            #expect(try store.auditCount == events + (changes ? 1 : 0))
            let history = try await store.read { read throws(StoreError) in
                try read.subscriptions(nowMs: clock.read())
            }
            #expect(history.count == (isNew ? 2 : 1))
            #expect(history.filter { $0.state.isLive }.count <= 1)
        }
    }

    @Test func `an expiry is shown at once, and stored by the sweeper with an event of its own`()
        async throws
    {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            let id = try await store.subscribe(expiresAtMs: 5_000)
            clock.set(4_999)
            #expect(try await newest(store, clock).state == .approved)
            let early = try await store.write(as: .system) { write throws(StoreError) in
                try write.expireSubscriptions()
            }
            #expect(early.isEmpty)
            clock.set(5_000)
            let shown = try await newest(store, clock)
            #expect(shown.state == .expired)
            let events = try store.auditCount
            let ended = try await store.write(as: .system) { write throws(StoreError) in
                try write.expireSubscriptions()
            }
            #expect(ended.map { $0.id } == [id])
            #expect(try store.audited(after: events) == ["system subscription.expire subscription:\(id)"])
            let written = try await newest(store, clock)
            #expect(written.state == shown.state)
            #expect(written.decidedBy == "cli:alice")
            #expect(written.decidedAtMs == shown.decidedAtMs)
            #expect(written.expiresAtMs == 5_000)
            let again = try await store.write(as: .system) { write throws(StoreError) in
                try write.expireSubscriptions()
            }
            #expect(again.isEmpty)
        }
    }

    @Test func `an expired subscription that isn't stored as such yet is replaced by a new request`()
        async throws
    {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            let first = try await store.subscribe(expiresAtMs: 5_000)
            clock.set(6_000)
            let second = try await store.request()
            #expect(second != first)
            #expect(
                try store.query("SELECT state FROM subscription ORDER BY id") == ["expired", "pending"]
            )
        }
    }

    private func bring(_ store: Store, to state: State, _ clock: TestClock) async throws -> Int64 {
        let id = try await store.request()
        switch state {
        case .pending: break
        case .approved: try await perform(.approve, id, store)
        case .denied: try await perform(.deny, id, store)
        case .cancelled: try await perform(.cancel, id, store)
        case .revoked:
            try await perform(.approve, id, store)
            try await perform(.revoke, id, store)
        case .expired:
            try await store.change { write throws(StoreError) in
                try write.approveSubscription(id, expiresAtMs: 5_000)
            }
            clock.set(5_000)
            try await perform(.expire, id, store)
        }
        return id
    }

    private func perform(_ verb: Verb, _ id: Int64, _ store: Store) async throws {
        try await store.change { write throws(StoreError) in
            switch verb {
            case .request: try write.requestSubscription(tenant: try .acme, target: try .time)
            case .approve: try write.approveSubscription(id)
            case .deny: try write.denySubscription(id, reason: "no")
            case .revoke: try write.revokeSubscription(id)
            case .cancel: try write.cancelSubscription(id, of: try .acme)
            case .expire: try write.expireSubscriptions()
            }
        }
    }

    private func newest(_ store: Store, _ clock: TestClock) async throws -> SubscriptionRecord {
        let all = try await store.read { read throws(StoreError) in
            try read.subscriptions(nowMs: clock.read())
        }
        return try #require(all.first)
    }
}
