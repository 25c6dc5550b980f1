import Policy
import SQLite

extension WriteTransaction {
    /// Adds a target by command.
    /// - Throws: `.invalid`; `.conflict` when the name is in use.
    @discardableResult
    package borrowing func addTarget(_ spec: TargetSpec) throws(StoreError) -> TargetRecord {
        try spec.check()
        if let found = try reading.targetIfAny(spec.name) {
            throw StoreError(
                .conflict,
                "there is a target \(spec.name) already, \(origin(of: found))",
                hint: found.source == .file
                    ? "choose another name, or edit that file"
                    : "choose another name, or change it with `mcp-gateway target update \(spec.name)`"
            )
        }
        try insert(spec, source: .cli)
        return try reading.target(spec.name)
    }

    /// Replaces all that is declared about a target that was added by command; its tools stay until it is refreshed.
    /// - Throws: `.invalid`, `.notFound`; `.conflict` for a target that a file declares.
    @discardableResult
    package borrowing func updateTarget(_ spec: TargetSpec) throws(StoreError) -> TargetRecord {
        try spec.check()
        let found = try reading.target(spec.name)
        try refuseIfDeclaredByFile(found, "changed")
        var spec = spec
        spec.filePath = nil
        if spec != found.spec { try update(found.id, to: spec) }
        return try reading.target(spec.name)
    }

    /// Removes a target that was added by command, with its tools.
    /// - Throws: `.notFound`; `.conflict` for a target that a file declares.
    package borrowing func removeTarget(_ name: TargetName) throws(StoreError) {
        let found = try reading.target(name)
        try refuseIfDeclaredByFile(found, "removed")
        try run("DELETE FROM target WHERE id = ?", [.integer(found.id)])
    }

    /// Switches a target off or on again, whoever declared it. Does nothing when it's so already.
    /// - Throws: `.notFound`; `.conflict` when its file says `enabled = false`, which a command doesn't overrule.
    @discardableResult
    package borrowing func setTargetEnabled(
        _ name: TargetName,
        _ isEnabled: Bool
    ) throws(StoreError) -> TargetRecord {
        let found = try reading.target(name)
        if isEnabled, !found.spec.isEnabled {
            guard found.source == .cli else {
                throw StoreError(
                    .conflict,
                    "target \(name) is disabled by its declaration, \(origin(of: found))",
                    hint: "set enabled = true in that file"
                )
            }
            try run(
                "UPDATE target SET enabled = 1, updated_at_ms = ? WHERE id = ?",
                [.integer(clock()), .integer(found.id)]
            )
        }
        if found.isSwitchedOff == isEnabled {
            try run(
                "UPDATE target SET switched_off = ?, updated_at_ms = ? WHERE id = ?",
                [Value(!isEnabled), .integer(clock()), .integer(found.id)]
            )
        }
        return try reading.target(name)
    }

    /// Keeps the tools of a target whose refresh failed, and remembers the failure. Text over 1,000 bytes is cut.
    ///
    /// A target that was removed meanwhile is no error: there is nothing left to remember it on.
    package borrowing func recordRefreshFailure(
        targetID: Int64,
        message: String
    ) throws(StoreError) {
        let bounded = String(decoding: message.utf8.prefix(1_000), as: UTF8.self)
        try run(
            "UPDATE target SET last_error = ?, last_error_at_ms = ? WHERE id = ?",
            [.text(bounded), .integer(clock()), .integer(targetID)]
        )
    }

    borrowing func insert(_ spec: TargetSpec, source: TargetEntry.Source) throws(StoreError) {
        let now = clock()
        try run(
            """
            INSERT INTO target (function, qualifier, region, endpoint, contract, approval, enabled, timeout_ms,
                description, tools_json, file_path, updated_at_ms, pin_definitions, name, source, created_at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            values(of: spec, at: now) + [.text(spec.name.text), .text(source.rawValue), .integer(now)]
        )
    }

    borrowing func update(_ id: Int64, to spec: TargetSpec) throws(StoreError) {
        try run(
            """
            UPDATE target SET function = ?, qualifier = ?, region = ?, endpoint = ?, contract = ?, approval = ?,
                enabled = ?, timeout_ms = ?, description = ?, tools_json = ?, file_path = ?, updated_at_ms = ?,
                pin_definitions = ?, revision = revision + 1
            WHERE id = ?
            """,
            values(of: spec, at: clock()) + [.integer(id)]
        )
    }

    private borrowing func values(of spec: TargetSpec, at now: Int64) -> [Value] {
        [
            .text(spec.function), Value(spec.qualifier), Value(spec.region), Value(spec.endpoint),
            .text(spec.contract), .text(spec.approval), Value(spec.isEnabled), Value(spec.timeoutMs),
            Value(spec.description), Value(spec.toolsJSON), Value(spec.filePath), .integer(now),
            spec.pinDefinitions.map { Value($0) } ?? .null,
        ]
    }

    private borrowing func refuseIfDeclaredByFile(
        _ found: TargetRecord,
        _ verb: String
    ) throws(StoreError) {
        guard found.source == .file else { return }
        throw StoreError(
            .conflict,
            "target \(found.name) is \(origin(of: found)) and can't be \(verb) by command",
            hint:
                "edit or remove that file; `mcp-gateway target disable \(found.name)` switches it off meanwhile"
        )
    }
}

/// How a target came to be, for messages.
func origin(of target: TargetRecord) -> String {
    switch target.source {
    case .cli: "added by command"
    case .file: "declared in \(target.spec.filePath.map { quoted($0) } ?? "a file")"
    }
}
