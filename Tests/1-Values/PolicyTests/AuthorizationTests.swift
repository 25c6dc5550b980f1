import Bytes
import Policy
import Testing

/// The decision for every combination of its inputs, compared with the rules as they are documented.
struct AuthorizationTests {
    @Test func `a token with all of 64 scopes isn't treated as a key, which no scope narrows`() throws {
        let pattern = try #require(NamePattern("time___now"))
        let hash = try #require(Digest([UInt8](repeating: 1, count: 32)))
        let tools = ["now", "zone"].map {
            ToolEntry(exposedName: "time___\($0)", name: $0, target: 0, definition: [], sha256: hash)
        }
        let snapshot = Snapshot(
            version: 1,
            targets: [TargetEntry(id: 1, name: "time", function: "fn", approval: .open)],
            tools: tools,
            tenants: [TenantEntry(id: 1, name: "acme")],
            keys: [KeyEntry(id: 1, tenant: 0, prefix: "p", hash: hash)],
            scopes: [[NamePattern]](repeating: [pattern], count: 64)
        )
        let key = Principal(tenant: 0, key: 0)
        let grant = TokenGrant(scopes: ScopeSet(rawValue: .max), expiresAtMs: .max, subject: 1)
        let token = Principal(tenant: 0, credential: .token(grant))
        #expect(snapshot.visibleTools(for: key, nowMs: 0) == [0, 1])
        #expect(snapshot.visibleTools(for: token, nowMs: 0) == [0])
        #expect(snapshot.viewID(for: key, nowMs: 0) != snapshot.viewID(for: token, nowMs: 0))
    }

    static let nowMs: Int64 = 1_000

    /// The facts for and against the one tool `aws___search`.
    struct Situation: CustomTestStringConvertible {
        enum Key: CaseIterable { case good, expiring, expired, revoked }
        enum Subscription: CaseIterable { case none, lasting, expiring, expired }
        enum Patterns: CaseIterable { case none, allowed, notAllowed, denied, allowedAndDenied }
        enum Pins: CaseIterable { case off, same, changed, new }
        enum Narrowing: CaseIterable { case none, matching, other }

        var tenant = TenantEntry.State.active
        var key = Key.good
        var approval = Approval.required
        var subscription = Subscription.lasting
        var tenantPatterns = Patterns.none
        var keyPatterns = Patterns.none
        var pins = Pins.off
        var narrowing = Narrowing.none
        var isTargetEnabled = true
        var tool = ToolEntry.State.active

        var testDescription: String {
            "tenant \(tenant), key \(key), approval \(approval), subscription \(subscription) \(narrowing), "
                + "tenant's patterns \(tenantPatterns), key's \(keyPatterns), pins \(pins), "
                + "target enabled \(isTargetEnabled), tool \(tool)"
        }

        /// Whether the tool is allowed by the documented rules, independent of the code.
        var isAllowed: Bool {
            let isSubscribed =
                (subscription == .lasting || subscription == .expiring) && narrowing != .other
                && (pins == .off || pins == .same)
            return tenant == .active && (key == .good || key == .expiring)
                && isTargetEnabled && tool == .active
                && (approval == .open || isSubscribed)
                && (tenantPatterns == .none || tenantPatterns == .allowed)
                && (keyPatterns == .none || keyPatterns == .allowed)
        }

        func snapshot() -> Snapshot {
            let subscriptions =
                subscription == .none
                ? []
                : [
                    SubscriptionEntry(
                        id: 7,
                        tenant: 0,
                        target: 0,
                        expiresAtMs: subscription == .lasting
                            ? nil : subscription == .expired ? 1_000 : 1_001,
                        approvedTools: Self.patterns(narrowing),
                        pinSet: pins == .off ? nil : 0
                    )
                ]
            let pinned: [String: Digest] =
                switch pins {
                case .off, .new: [:]
                case .same: ["search": PolicyTests.tool("aws___search", target: 0).sha256]
                case .changed: ["search": digest(99)]
                }
            return Snapshot(
                version: 1,
                targets: [
                    TargetEntry(
                        id: 1,
                        name: "aws",
                        function: "f",
                        approval: approval,
                        pinsDefinitions: pins != .off,
                        isEnabled: isTargetEnabled
                    )
                ],
                tools: [PolicyTests.tool("aws___search", target: 0, state: tool)],
                tenants: [
                    TenantEntry(
                        id: 1,
                        name: "acme",
                        state: tenant,
                        allow: Self.allow(tenantPatterns),
                        deny: Self.deny(tenantPatterns)
                    )
                ],
                keys: [
                    KeyEntry(
                        id: 1,
                        tenant: 0,
                        prefix: "abcdefgh",
                        hash: digest(1),
                        expiresAtMs: key == .expired ? 1_000 : key == .expiring ? 1_001 : nil,
                        isRevoked: key == .revoked,
                        allow: Self.allow(keyPatterns),
                        deny: Self.deny(keyPatterns)
                    )
                ],
                subscriptions: subscriptions,
                pinSets: [PinSetEntry(id: 3, pins: pinned)],
                seed: 1
            )
        }

        private static func patterns(_ narrowing: Narrowing) -> [NamePattern] {
            switch narrowing {
            case .none: []
            case .matching: [NamePattern("aws___s*"), NamePattern("aws___x")].compactMap { $0 }
            case .other: [NamePattern("aws___x")].compactMap { $0 }
            }
        }

        private static func allow(_ patterns: Patterns) -> [NamePattern] {
            switch patterns {
            case .none, .denied: []
            case .allowed, .allowedAndDenied: ["other___*", "*___sea?ch"].compactMap { NamePattern($0) }
            case .notAllowed: ["other___*", "aws___searc"].compactMap { NamePattern($0) }
            }
        }

        private static func deny(_ patterns: Patterns) -> [NamePattern] {
            switch patterns {
            case .none, .allowed: [NamePattern("other___*")].compactMap { $0 }
            case .notAllowed: []
            case .denied, .allowedAndDenied: [NamePattern("aws___search*")].compactMap { $0 }
            }
        }

        /// Calls `body` with every possible combination.
        static func forEach(_ body: (Situation) -> Void) {
            var situation = Situation()
            for tenant in [TenantEntry.State.active, .suspended] {
                situation.tenant = tenant
                for key in Key.allCases {
                    situation.key = key
                    for isTargetEnabled in [true, false] {
                        situation.isTargetEnabled = isTargetEnabled
                        for tool in [ToolEntry.State.active, .quarantined] {
                            situation.tool = tool
                            forEachGrant(&situation, body)
                        }
                    }
                }
            }
        }

        private static func forEachGrant(_ situation: inout Situation, _ body: (Situation) -> Void) {
            for approval in Approval.allCases {
                situation.approval = approval
                for subscription in Subscription.allCases {
                    situation.subscription = subscription
                    for narrowing in Narrowing.allCases {
                        situation.narrowing = narrowing
                        for pins in Pins.allCases {
                            situation.pins = pins
                            forEachPattern(&situation, body)
                        }
                    }
                }
            }
        }

        private static func forEachPattern(_ situation: inout Situation, _ body: (Situation) -> Void) {
            for tenantPatterns in Patterns.allCases {
                situation.tenantPatterns = tenantPatterns
                for keyPatterns in Patterns.allCases {
                    situation.keyPatterns = keyPatterns
                    body(situation)
                }
            }
        }
    }

    @Test func `in every combination, a tool is allowed exactly when no rule denies it`() {
        var count = 0
        var wrong: [String] = []
        Situation.forEach { situation in
            count += 1
            let snapshot = situation.snapshot()
            let principal = Principal(tenant: 0, key: 0)
            let expected: Decision = situation.isAllowed ? .allowed : .hidden
            let explanation = snapshot.explain(principal, tool: 0, nowMs: Self.nowMs)
            if snapshot.authorize(principal, tool: 0, nowMs: Self.nowMs) != expected
                || explanation.decision != expected
                || snapshot.visibleTools(for: principal, nowMs: Self.nowMs)
                    != (situation.isAllowed ? [0] : [])
            {
                wrong.append(situation.testDescription)
            }
        }
        #expect(count == 2 * 4 * 2 * 2 * 3 * 4 * 3 * 4 * 5 * 5)
        #expect(wrong.count == 0, "\(wrong.prefix(3))")
    }

    @Test(arguments: [
        (Situation(tenant: .suspended, key: .revoked), Result<Principal, Refusal>.failure(.revoked)),
        (Situation(tenant: .suspended, key: .expired), .failure(.expired)),
        (Situation(tenant: .suspended), .failure(.suspended)),
        (Situation(key: .expiring), .success(Principal(tenant: 0, key: 0))),
    ])
    func `a key is refused for the first reason that applies`(
        _ situation: Situation,
        _ outcome: Result<Principal, Refusal>
    ) {
        #expect(situation.snapshot().authenticate(hash: digest(1), nowMs: Self.nowMs) == outcome)
        #expect(situation.snapshot().authenticate(hash: digest(2), nowMs: Self.nowMs) == .failure(.unknown))
    }

    @Test(arguments: [
        (Situation(tenant: .suspended), Explanation.Rule.tenantSuspended),
        (Situation(key: .revoked), .keyRevoked), (Situation(key: .expired), .credentialExpired),
        (Situation(isTargetEnabled: false), .targetDisabled),
        (Situation(tool: .quarantined), .toolQuarantined),
        (Situation(subscription: .none), .noSubscription),
        (Situation(subscription: .expired), .subscriptionExpired(id: 7, atMs: 1_000)),
        (Situation(narrowing: .other), .outsideSubscription(id: 7)),
        (Situation(pins: .changed), .definitionNotApproved(subscription: 7)),
        (Situation(pins: .new), .definitionNotApproved(subscription: 7)),
        (Situation(tenantPatterns: .notAllowed), .notAllowedByTenant),
        (Situation(keyPatterns: .notAllowed), .notAllowedByKey),
        (Situation(approval: .open, subscription: .none), .openTarget), (Situation(), .subscription(id: 7)),
    ])
    func `an explanation names the rule that decided`(_ situation: Situation, _ rule: Explanation.Rule) {
        let explanation = situation.snapshot()
            .explain(Principal(tenant: 0, key: 0), tool: 0, nowMs: Self.nowMs)
        #expect(explanation.rule == rule)
    }

    @Test func `an explanation names the pattern that denied or allowed`() throws {
        let denied = Situation(keyPatterns: .allowedAndDenied).snapshot()
        let pattern = try #require(NamePattern("aws___search*"))
        let principal = Principal(tenant: 0, key: 0)
        #expect(denied.explain(principal, tool: 0, nowMs: 0).rule == .deniedByKey(pattern))
        let allowed = Situation(tenantPatterns: .allowed, keyPatterns: .allowed).snapshot()
        #expect(
            allowed.explain(principal, tool: 0, nowMs: 0).allowedBy.map(\.text) == [
                "*___sea?ch", "*___sea?ch",
            ]
        )
    }
}
