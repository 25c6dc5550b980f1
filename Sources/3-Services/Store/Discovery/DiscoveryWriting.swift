import Database
import Policy
import Text

extension WriteTransaction {
    /// Adds or changes a target that a discovery keeps, and remembers its functions. Writes nothing that is stored
    /// already.
    ///
    /// When two servers found the same, the second one's call changes nothing.
    /// - Parameter functions: all functions of the target.
    /// - Throws: `.invalid`; `.conflict` when somebody else has declared a target of that name.
    @discardableResult
    package borrowing func putDiscovered(
        _ spec: TargetSpec,
        of discovery: String,
        functions: [DiscoveredFunction]
    ) throws(StoreError) -> TargetRecord {
        try checked(spec.check())
        if spec.name.isReserved {
            throw StoreError(.invalid, "the target name \(spec.name) is kept for the gateway itself")
        }
        try know(discovery)
        let stored = try reading.targetIfAny(spec.name)
        let record: TargetRecord
        switch stored {
        case nil: record = try insert(spec, source: .discovery, discovery: discovery)
        case .some(let found):
            guard found.discovery == discovery else {
                throw StoreError(
                    .conflict,
                    "there is a target \(spec.name) already, \(origin(of: found))",
                    hint: "give the discovery \(quoted(discovery)) another name"
                )
            }
            record = found.spec == spec ? found : try update(found, to: spec)
        }
        try remember(functions, of: discovery, target: spec.name)
        return record
    }

    /// Removes a target that the discovery keeps, with its tools and limits; its live subscriptions end. Does nothing when
    /// there is no such target any more.
    package borrowing func removeDiscovered(
        _ name: TargetName,
        of discovery: String
    ) throws(StoreError) {
        guard let found = try reading.targetIfAny(name), found.discovery == discovery else { return }
        try remove(found)
    }

    /// Stores the outcome of listing a discovery's functions. Text over 1,000 bytes is cut.
    /// - Parameter error: nil when every region could be listed.
    /// - Returns: how many listings in a row have failed now.
    @discardableResult
    package borrowing func recordDiscovery(
        _ name: String,
        error: String? = nil
    ) throws(StoreError) -> Int {
        try know(name)
        guard let error else {
            try run(
                """
                UPDATE discovery SET looked_at_ms = ?, last_error = NULL, last_error_at_ms = NULL, failures = 0
                WHERE name = ?
                """,
                [.integer(clock()), .text(name)]
            )
            return 0
        }
        let bounded = String(decoding: error.utf8.prefix(1_000), as: UTF8.self)
        try run(
            "UPDATE discovery SET last_error = ?, last_error_at_ms = ?, failures = failures + 1 WHERE name = ?",
            [.text(bounded), .integer(clock()), .text(name)]
        )
        return try reading.discoveries().first { $0.name == name }?.failureCount ?? 1
    }

    /// Ends a discovery: removes its targets, and forgets it.
    /// - Returns: the targets' names, in order.
    /// - Throws: `.notFound` when it was never applied.
    package borrowing func endDiscovery(_ name: String) throws(StoreError) -> [TargetName] {
        guard try reading.discoveries().contains(where: { $0.name == name }) else {
            throw StoreError(
                .notFound,
                "there is no discovery \(quoted(name)) in the store",
                hint: "`mcp-gateway target discover` shows those of gateway.toml"
            )
        }
        let targets = try reading.targets().filter { $0.discovery == name }
        for target in targets { try remove(target) }
        try run("DELETE FROM discovery WHERE name = ?", [.text(name)])
        return targets.map { $0.name }
    }

    private borrowing func know(_ discovery: String) throws(StoreError) {
        try run("INSERT INTO discovery (name) VALUES (?) ON CONFLICT (name) DO NOTHING", [.text(discovery)])
    }

    /// Makes these the only stored functions of the target.
    private borrowing func remember(
        _ functions: [DiscoveredFunction],
        of discovery: String,
        target: TargetName
    ) throws(StoreError) {
        var stored: [String: DiscoveredFunction] = [:]
        for function in try reading.discoveredFunctions(of: discovery, target: target) {
            stored[function.arn] = function
        }
        let given = Set(functions.map { $0.arn })
        for old in stored.values where !given.contains(old.arn) {
            try run(
                "DELETE FROM discovered_function WHERE discovery = ? AND arn = ?",
                [.text(discovery), .text(old.arn)]
            )
        }
        for function in functions where stored[function.arn] != function {
            try run(
                """
                INSERT INTO discovered_function (discovery, arn, target, tool, definition, missing_since_ms, misses)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (discovery, arn) DO UPDATE SET target = excluded.target, tool = excluded.tool,
                    definition = excluded.definition, missing_since_ms = excluded.missing_since_ms,
                    misses = excluded.misses
                """,
                [
                    .text(discovery), .text(function.arn), .text(target.text), Value(function.tool),
                    Value(function.definition), function.missingSinceMs.map { .integer($0) } ?? .null,
                    Value(function.missCount),
                ]
            )
        }
    }
}
