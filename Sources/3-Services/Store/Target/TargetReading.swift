import Contracts
import MCP
import Policy
import Database

extension ReadTransaction {
    /// All targets in order of their names.
    package borrowing func targets() throws(StoreError) -> [TargetRecord] {
        let (aliases, tools) = (try allAliases(), try toolHealths())
        return try rows("\(selectTargets) ORDER BY target.name") { row throws(StoreError) in
            let id = row.int64(at: 0)
            return try record(row, aliases: aliases[id] ?? [], tools: tools[id] ?? ToolHealth())
        }
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
            let id = row.int64(at: 0)
            return try record(
                row,
                aliases: aliases(ofTargetID: id),
                tools: toolHealths(ofTargetID: id)[id] ?? ToolHealth()
            )
        }.first
    }

    private borrowing func record(
        _ row: borrowing Row,
        aliases: [ToolAlias],
        tools: ToolHealth
    ) throws(StoreError) -> TargetRecord {
        var record = try targetRecord(row, aliases: aliases, tools: tools)
        let timeouts = record.spec.invoke.toolTimeoutsMs
        guard !timeouts.isEmpty else { return record }
        let names = try rows("SELECT name FROM tool WHERE target_id = ?", [.integer(record.id)]) { row in
            row.text(at: 0) ?? ""
        }
        record.unusedTimeouts = Set(timeouts.keys).subtracting(names).sorted()
        return record
    }
}

private let selectTargets = """
    SELECT id, name, function, qualifier, region, endpoint, contract, approval, enabled, switched_off, timeout_ms,
        description, tools_json, coalesce('discovery ' || discovery, source), file_path, created_at_ms, updated_at_ms,
        refreshed_at_ms, last_error, last_error_at_ms, last_duration_ms,
        (SELECT count(*) FROM tool WHERE tool.target_id = target.id AND tool.kind = 'tool'), pin_definitions, revision,
        (SELECT faults FROM target_file_fault WHERE target_file_fault.target = target.name),
        allow_hidden, refresh_failures, next_refresh_at_ms, role_arn, external_id, session_name, route, log_tail,
        caller_identity, http_path, http_host, tenant_isolation,
        record_arguments, redact,
        architecture, memory_mb, serves, streaming, tool_timeouts,
        (SELECT count(*) FROM tool WHERE tool.target_id = target.id AND tool.kind = 'prompt'),
        (SELECT count(*) FROM tool WHERE tool.target_id = target.id AND tool.kind = 'resource'),
        (SELECT count(*) FROM tool WHERE tool.target_id = target.id AND tool.kind = 'template')
    FROM target
    """

private func targetRecord(
    _ row: borrowing Row,
    aliases: [ToolAlias],
    tools: ToolHealth
) throws(StoreError) -> TargetRecord {
    let contract = row.text(at: 6) ?? ""
    var invoke = try storedInvoke(row, from: 28)
    storedSize(row, from: 39, into: &invoke)
    try storedStreaming(row, from: 42, into: &invoke)
    let spec = TargetSpec(
        name: try checked(TargetName(row.text(at: 1) ?? "")),
        function: row.text(at: 2) ?? "",
        qualifier: row.text(at: 3),
        region: row.text(at: 4),
        endpoint: row.text(at: 5),
        contract: Contract(rawValue: contract) ?? .mcpWrapper,
        unknownContract: Contract(rawValue: contract) == nil ? contract : nil,
        approval: approval(row, at: 7),
        pinDefinitions: row.isNull(at: 22) ? nil : row.int64(at: 22) != 0,
        allowsHidden: row.int64(at: 25) != 0,
        isEnabled: row.int64(at: 8) != 0,
        timeoutMs: Int(row.int64(at: 10)),
        invoke: invoke,
        recording: try storedRecording(row, from: 37),
        description: row.text(at: 11),
        toolsJSON: row.text(at: 12),
        serves: row.text(at: 41).map { text in
            text.split(separator: " ").compactMap { ServedFamily(rawValue: String($0)) }
        },
        filePath: row.text(at: 14),
        aliases: aliases.filter { $0.source == .file }.byTool
    )
    var health = targetHealth(row, from: 17)
    health.tools = tools
    health.failureCount = Int(row.int64(at: 26))
    health.nextRefreshAtMs = row.isNull(at: 27) ? nil : row.int64(at: 27)
    let origin = row.text(at: 13) ?? ""
    let discovery = origin.hasPrefix("discovery ") ? String(origin.dropFirst("discovery ".count)) : nil
    var counts = CatalogCounts()
    counts.prompts = Int(row.int64(at: 44))
    counts.resources = Int(row.int64(at: 45))
    counts.templates = Int(row.int64(at: 46))
    var record = TargetRecord(
        id: row.int64(at: 0),
        spec: spec,
        source: discovery != nil ? .discovery : origin == "file" ? .file : .cli,
        isSwitchedOff: row.int64(at: 9) != 0,
        toolCount: Int(row.int64(at: 21)),
        createdAtMs: row.int64(at: 15),
        updatedAtMs: row.int64(at: 16),
        revision: row.int64(at: 23),
        aliases: aliases,
        health: health,
        fileFaults: faultLines(row.text(at: 24)),
        discovery: discovery
    )
    record.counts = counts
    return record
}

extension ReadTransaction {
    /// The faults in the tools of one target, or of all, by the targets' ids. Targets without faults are left out.
    borrowing func toolHealths(ofTargetID id: Int64? = nil) throws(StoreError) -> [Int64: ToolHealth] {
        var healths: [Int64: ToolHealth] = [:]
        let condition = id == nil ? "true" : "target_id = ?"
        let values = id.map { [Value.integer($0)] } ?? []
        try forEachRow(
            """
            SELECT target_id, name, member, reason FROM refused_tool WHERE \(condition)
            ORDER BY target_id, name, member, reason
            """,
            values
        ) { row throws(StoreError) in
            var health = healths[row.int64(at: 0)] ?? ToolHealth()
            health.refusedCount += 1
            if health.refusals.count < ToolHealth.refusalsMax {
                health.refusals.append(
                    ToolHealth.Refusal(
                        tool: row.text(at: 1) ?? "",
                        member: row.text(at: 2) ?? "",
                        reason: row.text(at: 3) ?? ""
                    )
                )
            }
            healths[row.int64(at: 0)] = health
        }
        try forEachRow(
            // A tool with a function of its own always has a served form, as lists don't name the function.
            """
            SELECT target_id, count(*) FROM tool
            WHERE served IS NOT NULL AND (function IS NULL OR notes LIKE '%"leftOut":true%') AND \(condition)
            GROUP BY target_id
            """,
            values
        ) { row throws(StoreError) in
            healths[row.int64(at: 0), default: ToolHealth()].changedCount = Int(row.int64(at: 1))
        }
        return healths
    }
}

/// An approval that this program doesn't know counts as one that needs an operator.
private func approval(_ row: borrowing Row, at column: Int) -> Approval {
    Approval(rawValue: row.text(at: column) ?? "") ?? .required
}

/// Four columns: refreshed at, last error, last error at, last duration.
func targetHealth(_ row: borrowing Row, from column: Int) -> TargetHealth {
    TargetHealth(
        refreshedAtMs: row.isNull(at: column) ? nil : row.int64(at: column),
        lastError: row.text(at: column + 1),
        lastErrorAtMs: row.isNull(at: column + 2) ? nil : row.int64(at: column + 2),
        lastDurationMs: row.isNull(at: column + 3) ? nil : Int(row.int64(at: column + 3))
    )
}
