import Bytes
import EventLoop
package import Policy
import Database

/// How many commits of each kind there have been.
struct Generation: Equatable {
    /// Commits that decisions and lists depend on; this is a snapshot's version.
    var catalog: Int64
    /// Commits of the targets' refresh times and errors.
    var health: Int64
    /// Commits that concern tools, the largest part of a snapshot.
    var tool: Int64
    /// The number of the newest ending of a session.
    var session: Int64
}

/// How long a snapshot took to make.
package struct SnapshotCost: Sendable {
    /// Reading the rows.
    package let read: Duration
    /// Building the indexes and compiling the rules.
    package let compile: Duration
}

/// Patterns by their stored texts: tenants have many in common, and each is parsed once.
struct PatternCache {
    private var lists: [String: [NamePattern]] = [:]

    mutating func list(_ row: borrowing Row, at column: Int) throws(StoreError) -> [NamePattern] {
        guard let text = row.text(at: column) else { return [] }
        if let known = lists[text] { return known }
        let list = try storedPatterns(row, at: column)
        lists[text] = list
        return list
    }
}

extension ReadTransaction {
    /// Everything that decisions need, from this moment. Linear.
    package borrowing func loadSnapshot() throws(StoreError) -> Snapshot {
        try loadSnapshot(generation: try generation(), reusing: nil, nowMs: WallClock.nowMs()).snapshot
    }

    /// The same; takes the tools from an older snapshot when none has changed since.
    borrowing func loadSnapshot(
        generation: Generation,
        reusing older: (snapshot: Snapshot, generation: Generation)?,
        nowMs: Int64
    ) throws(StoreError) -> (snapshot: Snapshot, cost: SnapshotCost) {
        let began = ContinuousClock.now
        var targetPositions: [Int64: Int] = [:]
        var targets: [TargetEntry] = []
        for record in try self.targets() {
            targetPositions[record.id] = targets.count
            targets.append(TargetEntry(record))
        }
        let tools: [ToolEntry]
        // With the same ids in the same order, the tools' positions of targets still hold, and so do their exposed
        // names.
        if let older, older.generation.tool == generation.tool,
            older.snapshot.targets.map({ $0.id }) == targets.map({ $0.id })
        {
            tools = older.snapshot.tools
        } else {
            tools = try toolEntries(targets, targetPositions)
        }
        var patterns = PatternCache()
        var tenantPositions: [Int64: Int] = [:]
        let tenants = try tenantEntries(&tenantPositions, &patterns)
        let keys = try keyEntries(tenantPositions, &patterns)
        var pinSetPositions: [Int64: Int] = [:]
        let pinSets = try pinSetEntries(&pinSetPositions)
        let subscriptions = try subscriptionEntries(
            tenantPositions,
            targetPositions,
            pinSetPositions,
            &patterns
        )
        let limits = try limitEntries(tenantPositions, targetPositions, keys)
        let ended = try endedSessions(
            generation,
            since: older?.snapshot.endedSessions ?? .none,
            nowMs: nowMs
        )
        let read = ContinuousClock.now
        let snapshot = Snapshot(
            version: generation.catalog,
            targets: targets,
            tools: tools,
            tenants: tenants,
            keys: keys,
            subscriptions: subscriptions,
            pinSets: pinSets,
            limits: limits,
            endedSessions: ended
        )
        return (snapshot, SnapshotCost(read: read - began, compile: ContinuousClock.now - read))
    }

    borrowing func generation() throws(StoreError) -> Generation {
        let rows = try rows("SELECT catalog, health, tool, session FROM generation") {
            row throws(StoreError) in
            Generation(
                catalog: row.int64(at: 0),
                health: row.int64(at: 1),
                tool: row.int64(at: 2),
                session: row.int64(at: 3)
            )
        }
        guard let generation = rows.first else {
            throw StoreError(.corrupt, "the store lost its generation row", hint: "restore it from a backup")
        }
        return generation
    }

    /// The health of every target, by its id.
    borrowing func targetHealths() throws(StoreError) -> [Int64: TargetHealth] {
        var healths: [Int64: TargetHealth] = [:]
        try forEachRow(
            "SELECT id, refreshed_at_ms, last_error, last_error_at_ms, last_duration_ms FROM target"
        ) { row throws(StoreError) in
            healths[row.int64(at: 0)] = targetHealth(row, from: 1)
        }
        for (target, tools) in try toolHealths() { healths[target]?.tools = tools }
        return healths
    }

    borrowing func sessionSecret() throws(StoreError) -> [UInt8] {
        let rows = try rows("SELECT value FROM secret WHERE name = 'session'") { row throws(StoreError) in
            row.blob(at: 0) ?? []
        }
        guard let secret = rows.first, secret.count == Schema.sessionSecretBytes else {
            throw StoreError(.corrupt, "the store lost its session secret", hint: "restore it from a backup")
        }
        return secret
    }

    private borrowing func toolEntries(
        _ targets: [TargetEntry],
        _ positions: [Int64: Int]
    ) throws(StoreError) -> [ToolEntry] {
        // By target; the tools of a target in order of the part of their exposed names after `___`.
        var tools: [[ToolEntry]] = targets.map { _ in [] }
        try forEachRow(
            """
            SELECT tool.target_id, name, coalesce(served, definition), sha256, state, alias.alias, function, kind
            FROM tool \(joinAlias) ORDER BY tool.target_id, \(exposedWord)
            """
        ) { row throws(StoreError) in
            guard let target = positions[row.int64(at: 0)] else { return }
            let name = row.text(at: 1) ?? ""
            let alias = row.text(at: 5)
            tools[target].append(
                ToolEntry(
                    kind: catalogKind(row, at: 7),
                    exposedName: ToolRecord.exposedName(target: targets[target].name, tool: alias ?? name),
                    name: name,
                    alias: alias,
                    target: target,
                    function: row.text(at: 6),
                    definition: row.blob(at: 2) ?? [],
                    sha256: try storedDigest(row, at: 3),
                    state: toolState(row, at: 4)
                )
            )
        }
        // The order of exposed names, without comparing them: "a-b___" comes before "a___", though "a" comes first.
        let order = targets.indices.sorted {
            "\(targets[$0].name)___".utf8.lexicographicallyPrecedes("\(targets[$1].name)___".utf8)
        }
        return order.flatMap { tools[$0] }
    }

    private borrowing func tenantEntries(
        _ positions: inout [Int64: Int],
        _ patterns: inout PatternCache
    ) throws(StoreError) -> [TenantEntry] {
        var tenants = try rows(
            """
            SELECT id, name, title, state, lambda_tenant_id, role_arn, external_id, session_policy FROM tenant
            WHERE removed_at_ms IS NULL ORDER BY name
            """
        ) { row throws(StoreError) in
            TenantEntry(
                id: row.int64(at: 0),
                name: row.text(at: 1) ?? "",
                title: row.text(at: 2),
                state: tenantState(row, at: 3),
                lambdaTenantID: row.text(at: 4),
                roleARN: row.text(at: 5),
                externalID: row.text(at: 6),
                sessionPolicy: storedSessionPolicy(row.text(at: 7))
            )
        }
        for (position, tenant) in tenants.enumerated() { positions[tenant.id] = position }
        try forEachRow("SELECT tenant_id, effect, pattern FROM permission") { row throws(StoreError) in
            guard let tenant = positions[row.int64(at: 0)] else { return }
            let pattern = try patterns.list(row, at: 2)
            if row.text(at: 1) == "allow" {
                tenants[tenant].allow += pattern
            } else {
                tenants[tenant].deny += pattern
            }
        }
        return tenants
    }

    private borrowing func keyEntries(
        _ tenants: [Int64: Int],
        _ patterns: inout PatternCache
    ) throws(StoreError) -> [KeyEntry] {
        var keys: [KeyEntry] = []
        try forEachRow(
            """
            SELECT id, tenant_id, prefix, name, hash, expires_at_ms, revoked_at_ms, allow_patterns,
                deny_patterns
            FROM tenant_key ORDER BY id
            """
        ) { row throws(StoreError) in
            guard let tenant = tenants[row.int64(at: 1)] else { return }
            keys.append(
                KeyEntry(
                    id: row.int64(at: 0),
                    tenant: tenant,
                    prefix: row.text(at: 2) ?? "",
                    name: row.text(at: 3),
                    hash: try storedDigest(row, at: 4),
                    expiresAtMs: row.isNull(at: 5) ? nil : row.int64(at: 5),
                    isRevoked: !row.isNull(at: 6),
                    allow: try patterns.list(row, at: 7),
                    deny: try patterns.list(row, at: 8)
                )
            )
        }
        return keys
    }
}

extension TargetEntry {
    fileprivate init(_ record: TargetRecord) {
        self.init(
            id: record.id,
            name: record.name.text,
            function: record.spec.function,
            qualifier: record.spec.qualifier,
            region: record.spec.region,
            endpoint: record.spec.endpoint,
            contract: record.spec.contract,
            unknownContract: record.isSwitchedOn ? record.spec.unknownContract : nil,
            approval: record.spec.approval,
            pinsDefinitions: record.pinsDefinitions,
            isEnabled: record.isEnabled,
            timeoutMs: record.spec.timeoutMs,
            invoke: record.spec.invoke,
            recording: record.spec.recording,
            source: record.source,
            description: record.spec.description,
            toolCount: record.toolCount,
            health: record.health
        )
    }
}
