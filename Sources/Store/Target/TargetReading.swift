import Policy
import SQLite

extension ReadTransaction {
    /// All targets in order of their names.
    package borrowing func targets() throws(StoreError) -> [TargetRecord] {
        try rows("\(selectTargets) ORDER BY target.name") { row throws(StoreError) in try targetRecord(row) }
    }

    /// - Throws: `.notFound`.
    package borrowing func target(_ name: TargetName) throws(StoreError) -> TargetRecord {
        guard let found = try targetIfAny(name) else {
            throw StoreError(
                .notFound,
                "there is no target \(name)",
                hint: "`mcp-gateway target list` shows the targets"
            )
        }
        return found
    }

    borrowing func targetIfAny(_ name: TargetName) throws(StoreError) -> TargetRecord? {
        try rows("\(selectTargets) WHERE target.name = ?", [.text(name.text)]) { row throws(StoreError) in
            try targetRecord(row)
        }.first
    }
}

private let selectTargets = """
    SELECT id, name, function, qualifier, region, endpoint, contract, approval, enabled, switched_off, timeout_ms,
        description, tools_json, source, file_path, created_at_ms, updated_at_ms,
        refreshed_at_ms, last_error, last_error_at_ms, last_duration_ms,
        (SELECT count(*) FROM tool WHERE tool.target_id = target.id), pin_definitions, revision,
        (SELECT faults FROM target_file_fault WHERE target_file_fault.target = target.name)
    FROM target
    """

private func targetRecord(_ row: borrowing Statement) throws(StoreError) -> TargetRecord {
    let spec = TargetSpec(
        name: try TargetName(row.text(at: 1) ?? ""),
        function: row.text(at: 2) ?? "",
        qualifier: row.text(at: 3),
        region: row.text(at: 4),
        endpoint: row.text(at: 5),
        contract: row.text(at: 6) ?? "",
        approval: row.text(at: 7) ?? "",
        pinDefinitions: row.isNull(at: 22) ? nil : row.int64(at: 22) != 0,
        isEnabled: row.int64(at: 8) != 0,
        timeoutMs: Int(row.int64(at: 10)),
        description: row.text(at: 11),
        toolsJSON: row.text(at: 12),
        filePath: row.text(at: 14)
    )
    return TargetRecord(
        id: row.int64(at: 0),
        spec: spec,
        source: row.text(at: 13) == "file" ? .file : .cli,
        isSwitchedOff: row.int64(at: 9) != 0,
        toolCount: Int(row.int64(at: 21)),
        createdAtMs: row.int64(at: 15),
        updatedAtMs: row.int64(at: 16),
        revision: row.int64(at: 23),
        health: targetHealth(row, from: 17),
        fileFaults: faultLines(row.text(at: 24))
    )
}

/// Four columns: refreshed at, last error, last error at, last duration.
func targetHealth(_ row: borrowing Statement, from column: Int) -> TargetHealth {
    TargetHealth(
        refreshedAtMs: row.isNull(at: column) ? nil : row.int64(at: column),
        lastError: row.text(at: column + 1),
        lastErrorAtMs: row.isNull(at: column + 2) ? nil : row.int64(at: column + 2),
        lastDurationMs: row.isNull(at: column + 3) ? nil : Int(row.int64(at: column + 3))
    )
}
