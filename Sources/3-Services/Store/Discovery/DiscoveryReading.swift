import Database

extension ReadTransaction {
    /// The outcomes of all discoveries that were ever applied, in order of their names.
    package borrowing func discoveries() throws(StoreError) -> [DiscoveryStanding] {
        try rows(
            """
            SELECT name, looked_at_ms, last_error, last_error_at_ms, failures,
                (SELECT count(*) FROM discovered_function WHERE discovered_function.discovery = discovery.name),
                (SELECT count(missing_since_ms) FROM discovered_function
                    WHERE discovered_function.discovery = discovery.name),
                (SELECT min(missing_since_ms) FROM discovered_function
                    WHERE discovered_function.discovery = discovery.name)
            FROM discovery ORDER BY name
            """
        ) { row throws(StoreError) in
            DiscoveryStanding(
                name: row.text(at: 0) ?? "",
                lookedAtMs: row.isNull(at: 1) ? nil : row.int64(at: 1),
                lastError: row.text(at: 2),
                lastErrorAtMs: row.isNull(at: 3) ? nil : row.int64(at: 3),
                failureCount: Int(row.int64(at: 4)),
                functionCount: Int(row.int64(at: 5)),
                missingCount: Int(row.int64(at: 6)),
                missingSinceMs: row.isNull(at: 7) ? nil : row.int64(at: 7)
            )
        }
    }

    /// The functions that a discovery serves, in order of their ARNs; none for one that was never applied.
    /// - Parameter target: the target whose functions are wanted; all when nil.
    package borrowing func discoveredFunctions(
        of discovery: String,
        target: TargetName? = nil
    ) throws(StoreError) -> [DiscoveredFunction] {
        try rows(
            """
            SELECT arn, target, tool, definition, missing_since_ms, misses FROM discovered_function
            WHERE discovery = ? AND target = coalesce(?, target) ORDER BY arn
            """,
            [.text(discovery), Value(target?.text)]
        ) { row throws(StoreError) in
            DiscoveredFunction(
                arn: row.text(at: 0) ?? "",
                target: try checked(TargetName(row.text(at: 1) ?? "")),
                tool: row.text(at: 2),
                definition: row.text(at: 3),
                missingSinceMs: row.isNull(at: 4) ? nil : row.int64(at: 4),
                missCount: Int(row.int64(at: 5))
            )
        }
    }
}
