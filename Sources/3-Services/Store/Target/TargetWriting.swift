import Bytes
import Contracts
import Crypto
import JSON
import MCP
import Policy
import Database
import Text

extension WriteTransaction {
    /// Adds a target by command.
    /// - Throws: `.invalid`; `.conflict` when the name is in use.
    @discardableResult
    package borrowing func addTarget(_ spec: TargetSpec) throws(StoreError) -> TargetRecord {
        try checked(spec.check())
        if spec.name.isReserved {
            throw StoreError(
                .invalid,
                "the target name \(spec.name) is kept for the gateway itself",
                hint: NameSuggestion.near(spec.name.text).map { "choose another name, such as \($0)" }
                    ?? "choose another name"
            )
        }
        if let found = try reading.targetIfAny(spec.name) {
            throw StoreError(
                .conflict,
                "there is a target \(spec.name) already, \(origin(of: found))",
                hint: "choose another name"
                    + (found.source == .file
                        ? ", or edit that file"
                        : found.source == .cli
                            ? ", or change it with `mcp-gateway target update \(spec.name)`" : "")
            )
        }
        return try insert(spec, source: .cli)
    }

    /// Replaces the declaration of a target that was added by command; its tools stay until it is refreshed.
    /// - Throws: `.invalid`, `.notFound`; `.conflict` for a target that a file declares; `.stale` when `ifRevision` is
    ///   given and isn't the target's.
    @discardableResult
    package borrowing func updateTarget(
        _ spec: TargetSpec,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> TargetRecord {
        try checked(spec.check())
        let found = try reading.target(spec.name)
        try checkRevision(ifRevision, is: found.revision, of: "target \(spec.name)")
        try refuseUnlessOfCommand(found, "changed")
        var spec = spec
        spec.filePath = nil
        return spec == found.spec ? found : try update(found, to: spec)
    }

    /// Removes a target that was added by command, with its tools and limits; its live subscriptions end.
    /// - Throws: `.notFound`; `.conflict` for a target that a file declares; `.stale` as for `updateTarget`.
    package borrowing func removeTarget(
        _ name: TargetName,
        ifRevision: Int64? = nil
    ) throws(StoreError) {
        let found = try reading.target(name)
        try checkRevision(ifRevision, is: found.revision, of: "target \(name)")
        try refuseUnlessOfCommand(found, "removed")
        try remove(found)
    }

    /// Switches a target off or on again, whoever declared it. Does nothing when it is so already.
    /// - Throws: `.notFound`; `.conflict` when its file says `enabled = false`, which a command doesn't overrule;
    ///   `.stale` as for `updateTarget`.
    @discardableResult
    package borrowing func setTargetEnabled(
        _ name: TargetName,
        _ isEnabled: Bool,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> TargetRecord {
        let found = try reading.target(name)
        try checkRevision(ifRevision, is: found.revision, of: "target \(name)")
        if isEnabled, !found.spec.isEnabled, found.source == .file {
            throw StoreError(
                .conflict,
                "target \(name) is disabled by its declaration, \(origin(of: found))",
                hint: "set enabled = true in that file"
            )
        }
        // A target added by command is on when both columns say so; one from a file is declared as on, as checked
        // above.
        let isDeclared = isEnabled || found.spec.isEnabled
        guard found.spec.isEnabled != isDeclared || found.isSwitchedOff == isEnabled else { return found }
        try run(
            """
            UPDATE target SET enabled = ?, switched_off = ?, updated_at_ms = ?, revision = revision + 1,
                refresh_failures = 0, next_refresh_at_ms = NULL
            WHERE id = ?
            """,
            [Value(isDeclared), Value(!isEnabled), .integer(clock()), .integer(found.id)]
        )
        return try auditedChange(isEnabled ? "target.enable" : "target.disable", from: found)
    }

    /// Keeps the tools of a target whose refresh failed, and remembers the failure. Text over 1,000 bytes is cut.
    ///
    /// A target that was removed meanwhile isn't an error: there is nothing left to store the failure on.
    /// - Parameters:
    ///   - failureCount: how many refreshes in a row have failed with this one.
    ///   - pauseMs: the time until the schedule asks again; nil for no pause.
    package borrowing func recordRefreshFailure(
        targetID: Int64,
        message: String,
        failureCount: Int = 1,
        pauseMs: Int64? = nil
    ) throws(StoreError) {
        let bounded = String(decoding: message.utf8.prefix(1_000), as: UTF8.self)
        let now = clock()
        try run(
            """
            UPDATE target SET last_error = ?, last_error_at_ms = ?, refresh_failures = ?, next_refresh_at_ms = ?
            WHERE id = ?
            """,
            [
                .text(bounded), .integer(now), Value(failureCount),
                pauseMs.map { .integer(now + $0) } ?? .null, .integer(targetID),
            ]
        )
    }

    @discardableResult
    borrowing func insert(
        _ spec: TargetSpec,
        source: TargetEntry.Source,
        discovery: String? = nil
    ) throws(StoreError) -> TargetRecord {
        let now = clock()
        try run(
            """
            INSERT INTO target (function, qualifier, region, endpoint, contract, approval, enabled, timeout_ms,
                description, tools_json, file_path, updated_at_ms, pin_definitions, allow_hidden, role_arn,
                external_id, session_name, route, log_tail, caller_identity, http_path, http_host, tenant_isolation,
                record_arguments, redact,
                architecture, memory_mb, serves, streaming, tool_timeouts,
                name, source, created_at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                ?, ?,
                ?, ?, ?, ?, ?,
                ?, ?, ?)
            """,
            values(of: spec, contract: spec.contract, at: now) + [
                .text(spec.name.text), .text(source == .file ? "file" : "cli"), .integer(now),
            ]
        )
        if let discovery {
            try run(
                "UPDATE target SET discovery = ? WHERE name = ?",
                [.text(discovery), .text(spec.name.text)]
            )
        }
        let added = try reading.target(spec.name)
        try audit("target.add", "target:\(spec.name)", after: added.audited)
        return added
    }

    @discardableResult
    borrowing func update(
        _ found: TargetRecord,
        to spec: TargetSpec
    ) throws(StoreError) -> TargetRecord {
        try run(
            """
            UPDATE target SET function = ?, qualifier = ?, region = ?, endpoint = ?,
                contract = coalesce(?, contract), approval = ?,
                enabled = ?, timeout_ms = ?, description = ?, tools_json = ?, file_path = ?, updated_at_ms = ?,
                pin_definitions = ?, allow_hidden = ?, role_arn = ?, external_id = ?, session_name = ?, route = ?,
                log_tail = ?, caller_identity = ?, http_path = ?, http_host = ?, tenant_isolation = ?,
                record_arguments = ?, redact = ?,
                architecture = ?, memory_mb = ?, serves = ?, streaming = ?, tool_timeouts = ?,
                revision = revision + 1,
                refresh_failures = 0, next_refresh_at_ms = NULL
            WHERE id = ?
            """,
            // An unchanged contract is not written: it may be a word that only a newer program knows.
            values(
                of: spec,
                contract: spec.contractWord == found.spec.contractWord ? nil : spec.contract,
                at: clock()
            )
                + [.integer(found.id)]
        )
        let updated = try auditedChange("target.update", from: found)
        try bindPins(targetID: found.id)
        return updated
    }

    /// Removes a target, whoever declared it, and ends what depends on it.
    borrowing func remove(_ found: TargetRecord) throws(StoreError) {
        try endSubscriptions(toTarget: found.id)
        try removeLimits(on: found.name)
        try run("DELETE FROM target WHERE id = ?", [.integer(found.id)])
        try audit("target.remove", "target:\(found.name)", before: found.audited)
    }

    private borrowing func auditedChange(
        _ action: String,
        from before: TargetRecord
    ) throws(StoreError) -> TargetRecord {
        let after = try reading.target(before.name)
        let (old, new) = difference(before.audited, after.audited)
        try audit(action, "target:\(before.name)", before: old, after: new)
        return after
    }

    private borrowing func values(of spec: TargetSpec, contract: Contract?, at now: Int64) -> [Value] {
        [
            .text(spec.function), Value(spec.qualifier), Value(spec.region), Value(spec.endpoint),
            Value(contract?.rawValue), .text(spec.approval.rawValue), Value(spec.isEnabled),
            Value(spec.timeoutMs),
            Value(spec.description), Value(spec.toolsJSON), Value(spec.filePath), .integer(now),
            spec.pinDefinitions.map { Value($0) } ?? .null, Value(spec.allowsHidden),
        ] + spec.invoke.columns + spec.recording.columns + spec.invoke.sizeColumns
            + [Value(spec.serves.map { $0.map(\.rawValue).joined(separator: " ") })]
            + spec.invoke.streamingColumns
    }

    private borrowing func refuseUnlessOfCommand(
        _ found: TargetRecord,
        _ verb: String
    ) throws(StoreError) {
        if found.source == .cli { return }
        let way =
            if let discovery = found.discovery {
                "change the function's tags or [[discovery]]; if gateway.toml no longer has that discovery, "
                    + "`mcp-gateway target discover \(discovery) --end` removes all its targets"
            } else {
                "edit or remove that file"
            }
        throw StoreError(
            .conflict,
            "target \(found.name) is \(origin(of: found)) and can't be \(verb) by command",
            hint: "\(way); `mcp-gateway target disable \(found.name)` switches it off meanwhile"
        )
    }
}

/// The origin of a target, for messages.
func origin(of target: TargetRecord) -> String {
    switch target.source {
    case .cli: "added by command"
    case .file: "declared in \(target.spec.filePath.map { quoted($0) } ?? "a file")"
    case .discovery: "kept by the discovery \(quoted(target.discovery ?? ""))"
    }
}

extension TargetRecord {
    /// The target as the audit log shows it: its declaration, and whether it's on. Declared tools may have megabytes,
    /// so their hash is shown instead.
    fileprivate var audited: JSONValue {
        let declared: [(String, JSONValue)] = [
            ("name", .string(name.text)), ("function", .string(spec.function)),
            ("qualifier", .optional(spec.qualifier)), ("region", .optional(spec.region)),
            ("endpoint", .optional(spec.endpoint)), ("contract", .string(spec.contractWord)),
            ("approval", .string(spec.approval.rawValue)),
            ("pinDefinitions", spec.pinDefinitions.map { .bool($0) } ?? .null),
            ("allowHidden", .bool(spec.allowsHidden)),
            ("serves", spec.serves.map { .texts($0.map(\.rawValue)) } ?? .null),
        ]
        let rest: [(String, JSONValue)] = [
            ("enabled", .bool(isEnabled)), ("switchedOff", .bool(isSwitchedOff)),
            ("timeoutMs", .int(spec.timeoutMs)), ("description", .optional(spec.description)),
            ("declaredToolsSHA256", .optional(spec.toolsJSON.map { SHA256.hash($0).hex })),
            ("source", .string(source.rawValue)), ("file", .optional(spec.filePath)),
            ("discovery", .optional(discovery)),
        ]
        return .object(JSONObject(declared + spec.invoke.audited + spec.recording.audited + rest))
    }
}
