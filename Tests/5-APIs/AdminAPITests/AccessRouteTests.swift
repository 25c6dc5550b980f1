import AdminAPI
import Bytes
import Config
import Control
import HTTP
import JSON
import Locks
import Policy
import REST
import Store
import Synchronization
import TestSupport
import Testing

/// Compares the access in `/tenants/{tenant}/tools`, `/permissions/explain` and `/keys/{prefix}` with the policy that
/// decides.
struct AccessRouteTests {
    /// One reason why a tenant may or may not use a tool.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The requests made first, as `METHOD /path body`; KEY stands for the key's prefix.
        var given: [String] = []
        /// The members of a key that is issued and asked about; nil to ask about the tenant.
        var key: JSONValue?
        /// How long afterwards the access is read.
        var laterMs: Int64 = 0
        var tool = "time___now"
        let rule: String
        var pattern: String?
        var subscriptionState: String?
        /// A part of the reason or the hint.
        var says = ""
    }

    private static let approved = ["POST /subscriptions/1/approve {\"expires\":\"1h\"}"]
    private static let asked = [#"POST /subscriptions {"tenant":"acme","target":"time"}"#]

    private static let rows = [
        Row(testDescription: "open", tool: "open___now", rule: "open-target"),
        Row(
            testDescription: "subscribed",
            given: asked + approved,
            rule: "subscription",
            subscriptionState: "approved"
        ),
        Row(
            testDescription: "never asked for",
            rule: "no-subscription",
            says: "`mcp-gateway subscription request acme time`"
        ),
        Row(
            testDescription: "waiting",
            given: asked,
            rule: "no-subscription",
            subscriptionState: "pending",
            says: "`mcp-gateway subscription approve 1`"
        ),
        Row(
            testDescription: "denied by an operator",
            given: asked + ["POST /subscriptions/1/deny"],
            rule: "no-subscription",
            subscriptionState: "denied",
            says: "subscription request"
        ),
        Row(
            testDescription: "expired",
            given: asked + approved,
            laterMs: 3_600_000,
            rule: "subscription-expired",
            subscriptionState: "expired"
        ),
        Row(
            testDescription: "outside the subscription",
            given: asked + [#"POST /subscriptions/1/approve {"tools":["*___zone"]}"#],
            rule: "outside-subscription",
            subscriptionState: "approved",
            says: "`mcp-gateway subscription show 1`"
        ),
        Row(
            testDescription: "changed since",
            given: asked + approved + ["CHANGE time"],
            rule: "definition-not-approved",
            subscriptionState: "approved",
            says: "`mcp-gateway tool approve time___now --tenant acme"
        ),
        Row(
            testDescription: "quarantined",
            given: ["POST /tools/open___now/quarantine"],
            tool: "open___now",
            rule: "tool-quarantined",
            says: "`mcp-gateway tool approve open___now`"
        ),
        Row(
            testDescription: "target disabled",
            given: ["POST /targets/open/disable"],
            tool: "open___now",
            rule: "target-disabled",
            says: "`mcp-gateway target enable open`"
        ),
        Row(testDescription: "refused", tool: "open___bad", rule: "tool-refused", says: "refresh open"),
        Row(
            testDescription: "denied to the tenant",
            given: [#"POST /permissions {"tenant":"acme","effect":"deny","pattern":"*___no'*"}"#]
                + [#"POST /permissions {"tenant":"acme","effect":"deny","pattern":"*___n*"}"#],
            tool: "open___now",
            rule: "denied-by-tenant",
            pattern: "*___n*",
            says: "`mcp-gateway permission remove acme '*___n*'`"
        ),
        Row(
            testDescription: "not allowed to the tenant",
            given: [#"POST /permissions {"tenant":"acme","effect":"allow","pattern":"time___*"}"#],
            tool: "open___now",
            rule: "not-allowed-by-tenant",
            says: "`mcp-gateway permission allow acme open___now`"
        ),
        Row(
            testDescription: "allowed under its own name alone",
            given: [
                #"POST /permissions {"tenant":"acme","effect":"allow","pattern":"open___now"}"#,
                #"PUT /tools/open___now/alias {"alias":"clock"}"#,
            ],
            tool: "open___clock",
            rule: "not-allowed-by-tenant",
            says: "one matches its own name, open___now"
        ),
        Row(
            testDescription: "denied to the key",
            key: ["deny": ["open___*"]],
            tool: "open___now",
            rule: "denied-by-key",
            pattern: "open___*",
            says: "`mcp-gateway key show"
        ),
        Row(
            testDescription: "not allowed to the key",
            key: ["allow": ["time___*"]],
            tool: "open___now",
            rule: "not-allowed-by-key"
        ),
        Row(
            testDescription: "key expired",
            key: ["expires": "1h"],
            laterMs: 3_600_000,
            tool: "open___now",
            rule: "credential-expired",
            says: "`mcp-gateway key issue acme`"
        ),
        Row(
            testDescription: "key revoked",
            given: ["POST /keys/KEY/revoke"],
            key: [:],
            tool: "open___now",
            rule: "key-revoked"
        ),
        Row(
            testDescription: "tenant suspended",
            given: ["POST /tenants/acme/suspend"],
            tool: "open___now",
            rule: "tenant-suspended",
            says: "`mcp-gateway tenant resume acme`"
        ),
    ]

    @Test(arguments: rows)
    func `the list and the explanation name the deciding rule and the command that changes it`(_ row: Row)
        async throws
    {
        try await withShop { shop in
            let prefix = try await shop.prepare(row.given, key: row.key)
            let later = shop.api(laterMs: row.laterMs)
            let query = prefix.map { "?key=\($0)" } ?? ""
            let list = await later.send(.get, "/tenants/acme/tools\(query)").body?["tools"]?.arrayValue ?? []
            // The list has every tool, visible or not.
            #expect(list.count == 5)
            let access = try #require(list.first { $0["name"]?.stringValue == row.tool }?["access"])
            #expect(access["rule"]?.stringValue == row.rule)
            #expect(access["allowed"]?.boolValue == ["open-target", "subscription"].contains(row.rule))
            #expect(access["pattern"]?.stringValue == row.pattern)
            #expect(access["subscriptionState"]?.stringValue == row.subscriptionState)
            #expect((access["subscription"]?.intValue != nil) == (row.subscriptionState != nil))
            let said = (access["reason"]?.stringValue ?? "") + (access["hint"]?.stringValue ?? "")
            #expect(said.contains(row.says), "\(said)")
            try await shop.expectAgreement(later, key: prefix)
        }
    }

    @Test(arguments: 0..<40)
    func `for random policies, the list, the explanations and the policy's view agree`(seed: Int) async throws
    {
        var generator = Seeded(state: UInt64(seed))
        try await withShop { shop in
            let steps = Self.randomSteps(&generator)
            let patterns: [JSONValue] = ["open___*", "*___now", "*"]
            let prefix = try await shop.prepare(
                steps,
                key: Bool.random(using: &generator)
                    ? ["expires": "2h"]
                    : ["deny": [patterns.randomElement(using: &generator) ?? "*"], "allow": ["*___*w*"]],
                mayFail: true
            )
            for laterMs in [0, 3_600_000, 7_200_000] as [Int64] {
                let later = shop.api(laterMs: laterMs)
                try await shop.expectAgreement(later, key: prefix)
                try await shop.expectAgreement(later, key: nil)
            }
        }
    }

    private static func randomSteps(_ generator: inout Seeded) -> [String] {
        let given: [String] = rows.flatMap { row in row.given }.filter { !$0.contains("suspend") }
        let all =
            given + [
                #"POST /subscriptions {"tenant":"acme","target":"time","tools":["*___now"]}"#,
                #"POST /permissions {"tenant":"acme","effect":"allow","pattern":"*"}"#, "CHANGE open",
                "POST /tools/time___zone/quarantine", "POST /targets/time/disable",
                "POST /tools/time___now/approve",
            ]
        var steps = all.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
        steps.shuffle(using: &generator)
        // So that tools are often visible.
        if Bool.random(using: &generator) { steps = asked + approved + steps }
        return steps
    }

    @Test func `a key is shown with what it may do, and whether it works`() async throws {
        try await withShop { shop in
            let prefix = try #require(
                try await shop.prepare(
                    [#"PUT /limits {"scope":"key","name":"KEY","rate":"5/s"}"#],
                    key: ["allow": ["*___now"]]
                )
            )
            let shown = await shop.api().send(.get, "/keys/\(prefix)").body
            #expect(shown?["works"] == true && shown?["tenantState"] == "active")
            #expect(shown?["tools"] == 4 && shown?["visibleTools"] == 1)
            #expect(shown?["limit"]?["rate"] == "5/s" && shown?["allow"] == ["*___now"])
            _ = await shop.api().send(.post, "/tenants/acme/suspend")
            let suspended = await shop.api().send(.get, "/keys/\(prefix)").body
            #expect(suspended?["works"] == false && suspended?["visibleTools"] == 0)
            #expect(suspended?["state"] == "active" && suspended?["tenantState"] == "suspended")
        }
    }

    @Test(arguments: [
        ("/tenants/nobody/tools", 404), ("/tenants/acme/tools?key=zzzzzzzz", 404),
        ("/tenants/acme/tools?key=KEY", 200), ("/tenants/other/tools?key=KEY", 404),
        ("/tenants/acme/tools?target=nothing", 404), ("/tenants/acme/tools?state=active", 422),
        ("/tenants/acme/tools?key=mgw_12345678_secret", 422), ("/tenants/a%20b/tools", 422),
    ])
    func `unknown tenants, unknown or foreign keys and invalid queries are problems`(
        _ path: String,
        _ status: Int
    ) async throws {
        try await withShop { shop in
            _ = await shop.api().send(.post, "/tenants", ["name": "other"])
            let prefix = try #require(try await shop.prepare([], key: [:]))
            let reply = await shop.api().send(.get, path.replacing("KEY", with: prefix))
            #expect(reply.status == status, "\(reply.body?.text ?? "")")
        }
    }

    @Test func `the list can be filtered by state, and its pages hold every tool`() async throws {
        try await withShop { shop in
            let api = shop.api()
            func names(_ query: String) async -> [String] {
                let list = await api.send(.get, "/tenants/acme/tools?\(query)").body?["tools"]?.arrayValue
                return (list ?? []).compactMap { $0["name"]?.stringValue }
            }
            #expect(await names("state=visible") == ["open___now", "open___zone"])
            #expect(await names("state=hidden") == ["time___now", "time___zone"])
            #expect(await names("state=refused") == ["open___bad"])
            #expect(await names("target=open&state=hidden").isEmpty)
            var paged: [String] = []
            var cursor = ""
            repeat {
                let page = await api.send(.get, "/tenants/acme/tools?limit=2\(cursor)").body
                paged += (page?["tools"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
                cursor = page?["nextCursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(paged == ["open___now", "open___zone", "open___bad", "time___now", "time___zone"])
        }
    }

    @Test(arguments: [
        ("now", "open___now or time___now"), ("zoen", "open___zone"), ("tme___now", "time___now"),
        ("open___bda", "open___bad (refused: "), ("maps___zone", "open___zone or time___zone"),
        ("time___clock", "open___clock"), ("open___hour", "open___clock"),
    ])
    func `the error for an unknown tool suggests similar names of any kind`(
        _ name: String,
        _ says: String
    ) async throws {
        try await withShop { shop in
            // `open___hour` is similar to the tool's own name, which agents don't use.
            try await shop.prepare(
                [#"PUT /tools/open___houk/alias {"alias":"clock"}"#],
                key: nil,
                adds: "houk"
            )
            let reply = await shop.api().send(.get, "/permissions/explain?tenant=acme&tool=\(name)")
            #expect(reply.status == 404)
            let hint = reply.body?["hint"]?.stringValue ?? ""
            #expect(hint.contains("did you mean \(says)"), "\(hint)")
        }
    }
}

/// Runs `body` with the tenant `acme` and two targets that list `now` and `zone`: `open`, which needs no subscription
/// and also lists a refused tool, and `time`, which needs one.
private func withShop(_ body: (Shop) async throws -> Void) async throws {
    try await withAPI { base in
        let shop = Shop(store: base.store)
        let api = shop.api()
        for (name, approval) in [("open", "open"), ("time", "required")] {
            let body: JSONValue = [
                "name": .string(name), "function": .string(name), "approval": .string(approval),
                "contract": "mcp-wrapper",
            ]
            #expect(await api.send(.post, "/targets", body).status == 201)
        }
        _ = await api.send(.post, "/tenants", ["name": "acme"])
        _ = await api.send(.post, "/refresh")
        try await body(shop)
    }
}

private struct Shop: Sendable {
    let store: Store::Store
    private let source = ChangingSource()

    init(store: Store::Store) { self.store = store }

    /// The API at a later time.
    func api(laterMs: Int64 = 0) -> TestAPI {
        let inquiry = SourceInquiry(store: store, source: source)
        let api = AdminAPI(
            store: store,
            defaults: GatewayConfig().defaults,
            inquiry: inquiry,
            nowMs: { TestAPI.nowMs + laterMs }
        )
        return TestAPI(api: api, store: store, nowMs: TestAPI.nowMs + laterMs)
    }

    /// - Parameter adds: another tool that `open` lists.
    /// - Returns: the prefix of the key, if one was issued.
    @discardableResult
    func prepare(
        _ steps: [String],
        key: JSONValue?,
        mayFail: Bool = false,
        adds tool: String? = nil
    ) async throws -> String? {
        let api = api()
        if let tool {
            source.add(tool)
            _ = await api.send(.post, "/refresh")
        }
        var prefix: String?
        if case .object(var members)? = key {
            members["tenant"] = "acme"
            prefix = await api.send(.post, "/keys", .object(members)).body?["prefix"]?.stringValue
        }
        for step in steps {
            let words = step.split(separator: " ", maxSplits: 2).map { String($0) }
            if words[0] == "CHANGE" {
                source.change(words[1])
                _ = await api.send(.post, "/refresh")
                continue
            }
            let method: HTTP::Method = words[0] == "PUT" ? .put : .post
            let text = words.dropFirst(2).first?.replacing("KEY", with: prefix ?? "")
            let path = words[1].replacing("KEY", with: prefix ?? "none")
            let reply = await api.send(method, path, try text.map { try JSONValue(parsing: $0) })
            #expect(mayFail || (200...201).contains(reply.status), "\(step): \(reply.body?.text ?? "")")
        }
        return prefix
    }

    /// Expects that the list and the explanation agree on each tool, and that the visible tools are those that agents
    /// get.
    func expectAgreement(_ api: TestAPI, key: String?) async throws {
        let list = await api.send(.get, "/tenants/acme/tools\(key.map { "?key=\($0)" } ?? "")").body
        let tools = try #require(list?["tools"]?.arrayValue)
        for tool in tools {
            let name = tool["name"]?.stringValue ?? ""
            let query = "tenant=acme&tool=\(name)\(key.map { "&key=\($0)" } ?? "")"
            let explained = await api.send(.get, "/permissions/explain?\(query)").body
            let members = tool["access"]?.objectValue?.members ?? []
            #expect(members.count == 8)
            for member in members { #expect(explained?[member.key] == member.value, "\(name) \(member.key)") }
        }
        let nowMs = api.nowMs
        let snapshot = try await store.read { reading throws(StoreError) in try reading.loadSnapshot() }
        let tenant = try #require(snapshot.tenant(named: "acme"))
        let principal: Principal
        if let key {
            let position = try #require(snapshot.keys.firstIndex { $0.prefix == key })
            principal = Principal(tenant: tenant, key: position)
        } else {
            let grant = TokenGrant(scopes: ScopeSet(), expiresAtMs: .max, subject: 0)
            principal = Principal(tenant: tenant, credential: .token(grant))
        }
        let seen = snapshot.visibleTools(for: principal, nowMs: nowMs).map { snapshot.tools[$0].exposedName }
        let listed = tools.filter { $0["access"]?["allowed"] == true }.compactMap { $0["name"]?.stringValue }
        #expect(listed.sorted() == seen.sorted())
        if let key {
            let shown = await api.send(.get, "/keys/\(key)").body
            #expect(shown?["visibleTools"]?.intValue == seen.count)
        }
    }
}

/// Functions whose tools can be changed between refreshes.
private final class ChangingSource: ToolSource {
    private let words = Locked<(changes: [String: Int], added: [String])>(([:], []))

    func change(_ target: String) { words.withLock { $0.changes[target, default: 0] += 1 } }

    func add(_ tool: String) { words.withLock { $0.added.append(tool) } }

    func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        let (change, added) = words.withLock { ($0.changes[target.name.text] ?? 0, $0.added) }
        var tools = ["now", "zone"].map {
            #"{"name":"\#($0)","description":"Version \#(change)","inputSchema":{"type":"object"}}"#
        }
        if target.name.text == "open" {
            tools.append(#"{"name":"bad"}"#)
            tools += added.map { #"{"name":"\#($0)","inputSchema":{"type":"object"}}"# }
        }
        let bytes = Array("{\"tools\":[\(tools.joined(separator: ","))]}".utf8)
        return ToolSourceAnswer(bytes: bytes, payload: 0..<bytes.count)
    }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
