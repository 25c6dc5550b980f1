import Policy
import SQLite
import Store

extension Actor {
    static let alice = Actor.cli(user: "alice")
}

/// A store with the tenants acme and globex, and a target time with the tools now and zone.
func withSubscribers<T>(
    approval: Approval = .required,
    pins: Bool? = nil,
    isRefreshed: Bool = true,
    clock: TestClock = TestClock(1_000),
    _ body: (Store) async throws -> T
) async throws -> T {
    try await withStore(clock: clock.read) { store in
        let spec = TargetSpec(
            name: try TargetName("time"),
            function: "fn",
            approval: approval,
            pinDefinitions: pins
        )
        try await store.change { write throws(StoreError) in
            try write.createTenant(.acme)
            try write.createTenant(.globex)
            let id = try write.addTarget(spec).id
            guard isRefreshed else { return }
            _ = try write.applyRefresh(
                targetID: id,
                tools: [definition("now"), definition("zone")],
                durationMs: 1
            )
        }
        return try await body(store)
    }
}

extension TenantName {
    static var acme: TenantName { get throws(StoreError) { try checked(TenantName("acme")) } }
    static var globex: TenantName { get throws(StoreError) { try checked(TenantName("globex")) } }
}

extension TargetName {
    static var time: TargetName { get throws(StoreError) { try checked(TargetName("time")) } }
}

extension Store {
    /// A write whose result isn't needed.
    func change(
        as actor: Actor = .alice,
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> Void
    ) async throws(StoreError) {
        try await write(as: actor, body)
    }

    /// The id of a new subscription request of that tenant for the target time.
    func request(_ tenant: String = "acme", _ target: String = "time") async throws -> Int64 {
        try await write(as: .alice) { write throws(StoreError) in
            try write.requestSubscription(
                tenant: try checked(TenantName(tenant)),
                target: try checked(TargetName(target))
            )
            .record.id
        }
    }

    /// The id of a new approved subscription.
    func subscribe(
        _ tenant: String = "acme",
        _ target: String = "time",
        expiresAtMs: Int64? = nil,
        tools: [String] = []
    ) async throws -> Int64 {
        let id = try await request(tenant, target)
        let patterns = tools.compactMap { NamePattern($0) }
        try await change { write throws(StoreError) in
            try write.approveSubscription(id, expiresAtMs: expiresAtMs, tools: patterns)
        }
        return id
    }

    /// Replaces the target's tools.
    func refresh(_ tools: [ToolDefinition], _ target: String = "time") async throws {
        try await write(as: .system) { write throws(StoreError) in
            let id = try write.reading.target(try checked(TargetName(target))).id
            _ = try write.applyRefresh(targetID: id, tools: tools, durationMs: 1)
        }
    }

    /// The exposed names of the tools that a new key of the tenant sees at 1,000 ms.
    func visible(to tenant: String = "acme", nowMs: Int64 = 1_000) async throws -> [String] {
        let issued = try await write(as: .alice) { write throws(StoreError) in
            try write.issueKey(for: try checked(TenantName(tenant)))
        }
        let snapshot = try await loadSnapshot()
        guard let key = snapshot.key(hash: issued.key.hash) else { return ["no key"] }
        let principal = Principal(tenant: snapshot.keys[key].tenant, key: key)
        return snapshot.visibleTools(for: principal, nowMs: nowMs).map { snapshot.tools[$0].exposedName }
    }

    /// The rows of a query, with their columns separated by spaces.
    func query(_ sql: String) throws -> [String] {
        let connection = try Connection.open(path: path, access: .read)
        let statement = try Statement(sql, on: connection)
        var rows: [String] = []
        while try statement.step() { rows.append(statement.text(at: 0) ?? "NULL") }
        return rows
    }

    /// The audit events after number `after`: actor, action and object.
    func audited(after: Int = 0) throws -> [String] {
        try query("SELECT actor || ' ' || action || ' ' || object FROM audit WHERE id > \(after) ORDER BY id")
    }

    var auditCount: Int { get throws { try audited().count } }
}

/// The error that `body` throws; `nil` when it throws none.
func refusal(_ body: () async throws -> Void) async -> StoreError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? StoreError ?? StoreError(.failed, "\(error)")
    }
}
