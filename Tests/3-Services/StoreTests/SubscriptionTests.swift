import Policy
import SQLite
import Store
import Testing

struct SubscriptionTests {
    @Test func `a request and an approval are stored with who, when and why`() async throws {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            let asked = try #require(NamePattern("time___*"))
            let granted = try #require(NamePattern("*___now"))
            let portal = Actor.portal(tenant: try .acme, keyPrefix: "abcd1234")
            let events = try store.auditCount
            let requested = try await store.write(as: portal) { write throws(StoreError) in
                try write.requestSubscription(
                    tenant: try .acme,
                    target: try .time,
                    tools: [asked],
                    reason: "the clock"
                )
            }
            #expect(requested.isNew)
            #expect(requested.record.requestedBy == "portal:acme/abcd1234")
            clock.set(2_000)
            let approved = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveSubscription(
                    requested.record.id,
                    reason: "for a month",
                    expiresAtMs: 9_000,
                    tools: [granted]
                )
            }
            #expect(approved.state == .approved)
            #expect(approved.requestedTools == [asked])
            #expect(approved.approvedTools == [granted])
            #expect(approved.requestReason == "the clock")
            #expect(approved.decisionReason == "for a month")
            #expect(approved.decidedBy == "cli:alice")
            #expect(approved.requestedAtMs == 1_000)
            #expect(approved.decidedAtMs == 2_000)
            #expect(approved.expiresAtMs == 9_000)
            #expect(approved.revision == requested.record.revision + 1)
            let object = "subscription:\(approved.id)"
            #expect(
                try store.audited(after: events) == [
                    "portal:acme/abcd1234 subscription.request \(object)",
                    "cli:alice subscription.approve \(object)",
                ]
            )
            #expect(try await store.visible() == ["time___now"])
            #expect(try await store.visible(nowMs: 9_000).isEmpty)
            #expect(try await store.visible(to: "globex").isEmpty)
        }
    }

    @Test func `a tenant's requests and cancellations don't change the snapshot's version; decisions do`()
        async throws
    {
        try await withSubscribers { store in
            let portal = Actor.portal(tenant: try .acme, keyPrefix: "abcd1234")
            func version() async throws -> Int64 {
                try await store.read { read throws(StoreError) in try read.loadSnapshot() }.version
            }
            let first = try await version()
            let asked = try await store.write(as: portal) { write throws(StoreError) in
                let asked = try write.requestSubscription(tenant: try .acme, target: try .time)
                try write.cancelSubscription(asked.record.id, of: try .acme)
                return try write.requestSubscription(tenant: try .acme, target: try .time)
            }
            #expect(try await version() == first)
            try await store.change { write throws(StoreError) in
                try write.approveSubscription(asked.record.id)
            }
            let approved = try await version()
            #expect(approved > first)
            try await store.change { write throws(StoreError) in
                try write.revokeSubscription(asked.record.id)
            }
            #expect(try await version() > approved)
        }
    }

    @Test func `a tenant's repeated requests are limited per day, an operator's are not`()
        async throws
    {
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            let portal = Actor.portal(tenant: try .acme, keyPrefix: "abcd1234")
            func askAndCancel(as actor: Actor) async throws(StoreError) {
                try await store.write(as: actor) { write throws(StoreError) in
                    let asked = try write.requestSubscription(tenant: try .acme, target: try .time)
                    try write.cancelSubscription(asked.record.id, of: try .acme)
                }
            }
            for _ in 0..<20 { try await askAndCancel(as: portal) }
            let events = try store.auditCount
            let refusal = await #expect(throws: StoreError.self) { try await askAndCancel(as: portal) }
            #expect(refusal?.kind == .conflict)
            #expect(try store.auditCount == events)
            try await askAndCancel(as: .alice)
            clock.set(1_000 + 86_400_000)
            try await askAndCancel(as: portal)
        }
    }

    @Test func `a target with automatic approval approves a request at once, as the system`() async throws {
        try await withSubscribers(approval: .auto) { store in
            let events = try store.auditCount
            let first = try await store.write(as: .alice) { write throws(StoreError) in
                try write.requestSubscription(tenant: try .acme, target: try .time)
            }
            #expect(first.isNew)
            #expect(first.record.state == .approved)
            #expect(first.record.decidedBy == "system")
            let object = "subscription:\(first.record.id)"
            #expect(
                try store.audited(after: events) == [
                    "cli:alice subscription.request \(object)", "system subscription.approve \(object)",
                ]
            )
            let second = try await store.write(as: .alice) { write throws(StoreError) in
                try write.requestSubscription(tenant: try .acme, target: try .time)
            }
            #expect(!second.isNew)
            #expect(second.record == first.record)
        }
    }

    @Test func `a pending request is approved when repeated after the target became automatic`()
        async throws
    {
        try await withSubscribers { store in
            let id = try await store.request()
            try await store.change { write throws(StoreError) in
                var spec = try write.reading.target(try .time).spec
                spec.approval = .auto
                try write.updateTarget(spec)
            }
            let again = try await store.write(as: .alice) { write throws(StoreError) in
                try write.requestSubscription(tenant: try .acme, target: try .time)
            }
            #expect(again.record.id == id)
            #expect(!again.isNew)
            #expect(again.record.state == .approved)
        }
    }

    @Test func `a request for an open target is refused as unnecessary`() async throws {
        try await withSubscribers(approval: .open) { store in
            let error = await refusal { _ = try await store.request() }
            #expect(error?.kind == .conflict)
            #expect(error?.message.contains("needs no subscription") == true)
        }
    }

    @Test func `a disabled target can be requested and approved`() async throws {
        try await withSubscribers { store in
            try await store.change { write throws(StoreError) in
                try write.setTargetEnabled(try .time, false)
            }
            _ = try await store.subscribe()
            #expect(try await store.visible().isEmpty)
            try await store.change { write throws(StoreError) in
                try write.setTargetEnabled(try .time, true)
            }
            #expect(try await store.visible() == ["time___now", "time___zone"])
        }
    }

    @Test func `missing tenants, targets and subscriptions are not found`() async throws {
        try await withSubscribers { store in
            for (tenant, target) in [("nobody", "time"), ("acme", "nothing")] {
                let error = await refusal { _ = try await store.request(tenant, target) }
                #expect(error?.kind == .notFound)
            }
            for id in [Int64(0), 1, -1, .max, .min] {
                let error = await refusal {
                    try await store.change { write throws(StoreError) in
                        try write.approveSubscription(id)
                    }
                }
                #expect(error?.kind == .notFound)
            }
        }
    }

    @Test func `another tenant's subscription and a missing one have the same error`() async throws {
        try await withSubscribers { store in
            let other = try await store.request("globex")
            let none = other + 1
            func shape(_ error: StoreError?, _ id: Int64) -> String? {
                error.map { "\($0.kind) \($0)".replacing("\(id)", with: "ID") }
            }
            var shown: [String?] = []
            var cancelled: [String?] = []
            for id in [other, none] {
                shown.append(
                    shape(
                        await refusal {
                            _ = try await store.read { read throws(StoreError) in
                                try read.subscription(id, of: try .acme, nowMs: 0)
                            }
                        },
                        id
                    )
                )
                cancelled.append(
                    shape(
                        await refusal {
                            try await store.change { write throws(StoreError) in
                                try write.cancelSubscription(id, of: try .acme)
                            }
                        },
                        id
                    )
                )
            }
            #expect(shown[0] != nil)
            #expect(shown[0] == shown[1])
            #expect(cancelled[0] == shown[0])
            #expect(cancelled[1] == shown[0])
            #expect(try store.query("SELECT state FROM subscription") == ["pending"])
        }
    }

    struct Words: Sendable {
        let what: String
        var reason: String?
        var tools: [NamePattern] = []
        var expiresAtMs: Int64?
    }

    @Test(arguments: [
        Words(what: "empty reason", reason: ""),
        Words(what: "long reason", reason: String(repeating: "x", count: 1_001)),
        Words(what: "control character", reason: "a\u{1B}[2J"),
        Words(what: "line break", reason: "a\nb"),
        Words(
            what: "patterns",
            tools: (0...100).compactMap { NamePattern("time___\($0)") }
        ),
    ])
    func `texts and patterns out of bounds are refused at every step`(_ words: Words) async throws {
        try await withSubscribers { store in
            let request = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.requestSubscription(
                        tenant: try .acme,
                        target: try .time,
                        tools: words.tools,
                        reason: words.reason
                    )
                }
            }
            #expect(request?.kind == .invalid)
            let id = try await store.request()
            let approve = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.approveSubscription(id, reason: words.reason, tools: words.tools)
                }
            }
            #expect(approve?.kind == .invalid)
            guard words.tools.isEmpty else { return }
            let deny = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.denySubscription(id, reason: words.reason)
                }
            }
            #expect(deny?.kind == .invalid)
        }
    }

    @Test(arguments: [Int64.min, -1, 0, 999, 1_000])
    func `an expiry that isn't in the future is refused`(_ expiresAtMs: Int64) async throws {
        try await withSubscribers { store in
            let id = try await store.request()
            let error = await refusal {
                try await store.change { write throws(StoreError) in
                    try write.approveSubscription(id, expiresAtMs: expiresAtMs)
                }
            }
            #expect(error?.kind == .invalid)
        }
    }

    @Test func `a list is filtered, newest first, and paged by id`() async throws {
        try await withSubscribers { store in
            try await store.change { write throws(StoreError) in
                for name in ["a", "b", "c"] {
                    try write.addTarget(TargetSpec(name: try checked(TargetName(name)), function: "fn"))
                }
            }
            var ids: [Int64] = []
            for target in ["a", "b", "c"] { ids.append(try await store.request("acme", target)) }
            ids.append(try await store.request("globex", "a"))
            ids.append(try await store.subscribe("globex", "time", expiresAtMs: 2_000))
            func listed(_ filter: SubscriptionFilter, nowMs: Int64 = 1_000) async throws -> [Int64] {
                try await store.read { read throws(StoreError) in
                    try read.subscriptions(filter, nowMs: nowMs).map { $0.id }
                }
            }
            let newestFirst = Array(ids.reversed())
            #expect(try await listed(SubscriptionFilter()) == newestFirst)
            #expect(try await listed(SubscriptionFilter(tenant: try .acme)) == [ids[2], ids[1], ids[0]])
            #expect(try await listed(SubscriptionFilter(target: try TargetName("a"))) == [ids[3], ids[0]])
            #expect(try await listed(SubscriptionFilter(state: .approved)) == [ids[4]])
            #expect(try await listed(SubscriptionFilter(state: .approved), nowMs: 2_000).isEmpty)
            #expect(try await listed(SubscriptionFilter(state: .expired), nowMs: 2_000) == [ids[4]])
            let both = SubscriptionFilter(tenant: try .acme, target: try TargetName("a"))
            #expect(try await listed(both) == [ids[0]])
            var paged: [Int64] = []
            var page = try await listed(SubscriptionFilter(limit: 2))
            while let last = page.last {
                paged += page
                page = try await listed(SubscriptionFilter(beforeID: last, limit: 2))
            }
            #expect(paged == newestFirst)
        }
    }

    /// Two stores on one file, as if in two processes.
    @Test func `of two concurrent decisions one takes effect, and the other is refused`() async throws {
        try await withSubscribers { first in
            let second = try Store.open(path: first.path, busyTimeoutMs: 60_000) { 1_000 }
            defer { second.close() }
            for round in 0..<20 {
                let id = try await first.request()
                async let approval = refusal {
                    try await first.change(as: .cli(user: "one")) { write throws(StoreError) in
                        try write.approveSubscription(id)
                    }
                }
                async let denial = refusal {
                    try await second.change(as: .cli(user: "two")) { write throws(StoreError) in
                        try write.denySubscription(id)
                    }
                }
                let outcomes = await [approval, denial]
                let refused = outcomes.compactMap { $0 }
                #expect(refused.count == 1, "round \(round)")
                #expect(refused.first?.kind == .conflict)
                let isApproved = outcomes[0] == nil
                let winner = isApproved ? "approved by cli:one" : "denied by cli:two"
                #expect(refused.first?.message.contains(winner) == true, "\(refused.first?.message ?? "")")
                if isApproved {
                    try await first.change { write throws(StoreError) in
                        try write.revokeSubscription(id)
                    }
                }
            }
        }
    }

    @Test func `concurrent requests become one`() async throws {
        try await withSubscribers { first in
            let second = try Store.open(path: first.path, busyTimeoutMs: 60_000) { 1_000 }
            defer { second.close() }
            let ids = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<16 {
                    group.addTask { try await (number % 2 == 0 ? first : second).request() }
                }
                var ids: Set<Int64> = []
                for try await id in group { ids.insert(id) }
                return ids
            }
            #expect(ids.count == 1)
            #expect(try first.query("SELECT count(*) FROM subscription") == ["1"])
        }
    }

    /// Random verbs: states only change along the machine's transitions, history only grows, and at most one
    /// subscription is live.
    @Test(arguments: 0..<8)
    func `after random verbs history is kept, and at most one subscription is live`(_ seed: Int) async throws
    {
        var generator = SeededGenerator(seed: UInt64(seed))
        let clock = TestClock(1_000)
        try await withSubscribers(clock: clock) { store in
            try await store.change { write throws(StoreError) in
                try write.addTarget(
                    TargetSpec(name: try checked(TargetName("other")), function: "fn", approval: .auto)
                )
            }
            var before: [Int64: SubscriptionRecord] = [:]
            for _ in 0..<80 {
                clock.set(clock.read() + Int64.random(in: 0..<400, using: &generator))
                let id = Int64.random(in: 1...Int64(before.count + 1), using: &generator)
                let verb = Int.random(in: 0..<7, using: &generator)
                let tenant = ["acme", "globex"].randomElement(using: &generator) ?? ""
                let target = ["time", "other"].randomElement(using: &generator) ?? ""
                let expiresAtMs = Bool.random(using: &generator) ? clock.read() + 1_000 : nil
                let refused = await refusal {
                    try await store.change { write throws(StoreError) in
                        switch verb {
                        case 0, 1:
                            try write.requestSubscription(
                                tenant: try checked(TenantName(tenant)),
                                target: try checked(TargetName(target))
                            )
                        case 2: try write.approveSubscription(id, expiresAtMs: expiresAtMs)
                        case 3: try write.denySubscription(id)
                        case 4: try write.revokeSubscription(id)
                        case 5: try write.cancelSubscription(id, of: try checked(TenantName(tenant)))
                        default: try write.expireSubscriptions()
                        }
                    }
                }
                #expect(refused == nil || [.conflict, .notFound].contains(refused?.kind))
                let now = clock.read()
                let all = try await store.read { read throws(StoreError) in
                    try read.subscriptions(nowMs: now)
                }
                let after = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
                for (id, old) in before {
                    let new = try #require(after[id], "history was lost")
                    #expect(isArrow(from: old.state, to: new.state), "\(old.state) → \(new.state)")
                    #expect(new.requestedAtMs == old.requestedAtMs)
                    if !old.state.isLive, old.state != .expired { #expect(new == old) }
                }
                let live = all.filter { $0.state.isLive }.map { "\($0.tenant) \($0.target)" }
                #expect(Set(live).count == live.count)
                before = after
            }
        }
    }

    private func isArrow(from old: SubscriptionRecord.State, to new: SubscriptionRecord.State) -> Bool {
        switch (old, new) {
        case (.pending, .approved), (.pending, .denied), (.pending, .cancelled), (.approved, .revoked),
            (.approved, .expired):
            true
        default: old == new
        }
    }
}
