import Crypto
import HTTP
import JSON
import Policy
import PortalAPI
import Records
import REST
import RateLimit
import Store
import Synchronization
import TestSupport
import Testing

/// The portal on a new store with two tenants, `acme` and `rival`, and targets for every approval.
struct TestPortal: Sendable {
    let api: PortalAPI
    let store: Store::Store
    let failures: Failures
    /// The folder of the records of calls.
    let records: String

    static let nowMs: Int64 = 1_800_000_000_000

    final class Failures: Sendable {
        private let all = Mutex<[StoreError]>([])

        func add(_ error: StoreError) { all.withLock { $0.append(error) } }
        var count: Int { all.withLock { $0.count } }
    }

    /// The holder of a tenant's first key, or of the key with that prefix, in the present snapshot.
    func caller(
        _ tenant: String = "acme",
        prefix: String? = nil,
        limits: @escaping @Sendable (Snapshot) -> [PortalCaller.HeldLimit] = { _ in [] }
    ) async throws -> PortalCaller {
        let snapshot = try await store.read { reading throws(StoreError) in try reading.loadSnapshot() }
        let position = try #require(snapshot.tenant(named: tenant))
        let key = try #require(
            snapshot.keys.firstIndex { $0.tenant == position && (prefix == nil || $0.prefix == prefix) }
        )
        return try PortalCaller(Principal(tenant: position, key: key), of: snapshot) { limits(snapshot) }
    }

    /// The holder of an access token of `acme`.
    func bearer(scopes: ScopeSet, of patterns: [[NamePattern]]?, names: [String]) async throws -> PortalCaller
    {
        let snapshot = try await store.read { reading throws(StoreError) in try reading.loadSnapshot() }
            .narrowingTokens(to: patterns)
        let grant = TokenGrant(scopes: scopes, expiresAtMs: Self.nowMs + 60_000, subject: 9)
        return try PortalCaller(
            Principal(
                tenant: try #require(snapshot.tenant(named: "acme")),
                credential: .token(grant)
            ),
            of: snapshot,
            token: .init(subject: "ann@example.com", client: "app", scopes: names),
            limits: { [] }
        )
    }

    /// Sends a request whose path is written as in a URL without escapes, e.g. `/subscriptions?limit=2`.
    func send(
        _ method: HTTP::Method,
        _ target: String,
        _ body: JSONValue? = nil,
        as caller: PortalCaller
    ) async -> APIReply {
        let parts = target.split(separator: "?", maxSplits: 1)
        var query: [APIRequest.QueryItem] = []
        for pair in parts.dropFirst().joined().split(separator: "&") {
            let pair = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query.append(.init(String(pair[0]), pair.count > 1 ? String(pair[1]) : ""))
        }
        let path = parts[0].split(separator: "/").map { String($0) }
        return await send(APIRequest(method, path, query: query, body: body, requestID: "req-1"), as: caller)
    }

    /// Sends a request, and checks the answer against its schema.
    func send(_ request: APIRequest, as caller: PortalCaller) async -> APIReply {
        let reply = await api.answer(request, as: caller)
        let faults = api.faults(of: reply, to: request)
        #expect(faults == [], "\(request.method) \(request.path): \(reply.body?.text ?? "")")
        return reply
    }

    /// Changes the store as an operator does.
    @discardableResult
    func operate<T: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> T
    ) async throws -> T {
        try await store.write(as: .admin(token: "ops"), body)
    }

    /// Requests a subscription to a target through the portal; returns its id.
    func ask(_ target: String, as caller: PortalCaller) async throws -> Int64 {
        let reply = await send(.post, "/subscriptions", ["target": .string(target)], as: caller)
        #expect(reply.status == 201, "\(reply.body?.text ?? "")")
        return Int64(try #require(reply.body?["id"]?.intValue))
    }

    /// Stores these tools as a refresh of the target does: names, and further members of their definitions.
    func refresh(_ target: String, _ tools: [(name: String, members: String)]) async throws {
        let definitions = tools.map { tool in
            let json = #"{"name":"\#(tool.name)","inputSchema":{"type":"object"}\#(tool.members)}"#
            return ToolDefinition(name: tool.name, json: Array(json.utf8), sha256: SHA256.hash(json))
        }
        try await operate { writing throws(StoreError) in
            let id = try writing.reading.target(try checked(TargetName(target))).id
            _ = try writing.applyRefresh(targetID: id, tools: definitions, durationMs: 1)
        }
    }
}

func withPortal(_ body: (TestPortal) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
        let store = try Store::Store.open(path: "\(folder)/gateway.db", clock: { TestPortal.nowMs })
        defer { store.close() }
        let failures = TestPortal.Failures()
        let api = PortalAPI(
            store: store,
            records: RecordReader(directory: "\(folder)/records"),
            version: "1.2",
            nowMs: { TestPortal.nowMs },
            onFailure: { error, _ in failures.add(error) }
        )
        let portal = TestPortal(api: api, store: store, failures: failures, records: "\(folder)/records")
        try await portal.operate { writing throws(StoreError) in
            for name in ["acme", "rival"] {
                let tenant = try checked(TenantName(name))
                _ = try writing.createTenant(TenantSpec(name: tenant, title: "The \(name)"))
                _ = try writing.issueKey(for: tenant, name: "\(name)-key")
            }
            for (name, approval) in [
                ("auto", Approval.auto), ("depot", .required), ("off", .required), ("open", .open),
            ] {
                let spec = TargetSpec(
                    name: try checked(TargetName(name)),
                    function: "secret-function",
                    approval: approval,
                    isEnabled: name != "off",
                    description: "About \(name)"
                )
                _ = try writing.addTarget(spec)
            }
        }
        for target in ["auto", "depot", "off", "open"] {
            try await portal.refresh(
                target,
                [("look", #","title":"Look","description":"Looks into \#(target)""#), ("take", "")]
            )
        }
        try await body(portal)
    }
}
