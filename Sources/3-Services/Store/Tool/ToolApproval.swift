package import Bytes
import JSON
import Database
import Policy
import Text

/// The changes that an approval of a tool's present definition makes.
package struct ToolApproval: Sendable, Equatable {
    /// One definition that is in force somewhere, and gives way to the present one.
    package struct Change: Sendable, Equatable {
        /// The JSON as it was approved; `nil` when there was no such tool, or its text is no longer kept.
        package var previous: [UInt8]?
        package var previousSHA256: Digest?
        /// What agents called it then; `nil` when there was no such tool.
        package var previousName: String?
        /// The subscriptions that it's approved for, oldest first; empty for a quarantine, which concerns everybody.
        package var subscriptions: [Int64]
        /// The tenants of those subscriptions, in their order.
        package var tenants: [TenantName]
    }

    /// The tool as it is afterwards; `definition` is what is approved.
    package var tool: ToolRecord
    /// Whether it was held back from everybody.
    package var wasQuarantined: Bool
    /// Empty when nothing waited.
    package var changes: [Change]
}

extension ReadTransaction {
    /// What `approveTool` would do now, to be shown before it's done.
    /// - Throws: as `approveTool`.
    package borrowing func toolApproval(
        _ exposedName: String,
        tenant: TenantName? = nil,
        nowMs: Int64
    ) throws(StoreError) -> ToolApproval {
        try plannedApproval(exposedName, tenant: tenant, nowMs: nowMs).approval
    }

    fileprivate borrowing func plannedApproval(
        _ exposedName: String,
        tenant: TenantName?,
        nowMs: Int64
    ) throws(StoreError) -> (approval: ToolApproval, targetID: Int64, pinSets: [Int64]) {
        let tool = try self.tool(exposedName: exposedName)
        let target = try self.target(tool.target)
        let wasQuarantined = tool.state == .quarantined
        if wasQuarantined, let tenant {
            throw StoreError(
                .conflict,
                "tool \(quoted(exposedName)) is quarantined for everybody, not for tenant \(tenant) alone",
                hint: "approve it without naming a tenant"
            )
        }
        var approval = ToolApproval(tool: tool, wasQuarantined: wasQuarantined, changes: [])
        approval.tool.state = .active
        if wasQuarantined {
            approval.changes = try heldBack(tool, targetID: target.id)
        }
        let bound = try subscriptions(
            where:
                "subscription.target_id = ? AND subscription.state = 'approved' AND subscription.pin_set_id IS NOT NULL",
            [.integer(target.id)],
            nowMs: nowMs
        ).filter { $0.state == .approved && (tenant == nil || $0.tenant == tenant) }
        if let tenant {
            _ = try self.tenant(tenant, nowMs: nowMs)
            guard !bound.isEmpty || !target.pinsDefinitions else {
                throw StoreError(
                    .conflict,
                    "tenant \(tenant) has no approved subscription to target \(target.name)",
                    hint: "approve its subscription, which takes the tools as they are then"
                )
            }
        }
        var pinSets: [Int64] = []
        for pinSet in Set(bound.compactMap { $0.pinSetID }).sorted() {
            let pinned = try rows(
                "SELECT sha256, alias FROM pin WHERE pin_set_id = ? AND tool_name = ?",
                [.integer(pinSet), .text(tool.name)]
            ) { row throws(StoreError) in (sha256: try storedDigest(row, at: 0), alias: row.text(at: 1)) }
            .first
            if let pinned, pinned.sha256 == tool.definition.sha256, pinned.alias == tool.alias { continue }
            let moved = bound.filter { $0.pinSetID == pinSet }
            pinSets.append(pinSet)
            approval.changes.append(
                ToolApproval.Change(
                    previous: try approvedDefinition(pinned?.sha256),
                    previousSHA256: pinned?.sha256,
                    previousName: pinned.map { tool.exposedName(alias: $0.alias) },
                    subscriptions: moved.map { $0.id },
                    tenants: moved.map { $0.tenant }
                )
            )
        }
        return (approval, target.id, pinSets)
    }

    private borrowing func heldBack(
        _ tool: ToolRecord,
        targetID: Int64
    ) throws(StoreError) -> [ToolApproval.Change] {
        let held = try rows(
            "SELECT sha256, alias FROM quarantine WHERE target_id = ? AND tool_name = ?",
            [.integer(targetID), .text(tool.name)]
        ) { row throws(StoreError) in
            (sha256: row.isNull(at: 0) ? nil : try storedDigest(row, at: 0), alias: row.text(at: 1))
        }.first
        let previous = held?.sha256
        return [
            ToolApproval.Change(
                previous: try approvedDefinition(previous),
                previousSHA256: previous,
                previousName: previous.map { _ in tool.exposedName(alias: held?.alias) },
                subscriptions: [],
                tenants: []
            )
        ]
    }

    private borrowing func approvedDefinition(_ sha256: Digest?) throws(StoreError) -> [UInt8]? {
        guard let sha256 else { return nil }
        return try rows("SELECT json FROM definition WHERE sha256 = ?", [.blob(sha256.bytes)]) {
            row throws(StoreError) in row.blob(at: 0) ?? []
        }.first
    }
}

extension WriteTransaction {
    /// Approves a tool's present definition and name: lifts its quarantine, and binds the approved subscriptions (of
    /// one tenant, or all) to it. The other tools that they are bound to stay as they are. Idempotent.
    /// - Parameter ifSHA256: the hash of the definition that was reviewed, in hexadecimal; the target may have
    ///   changed it since.
    /// - Throws: `.notFound` for the tool or the tenant; `.conflict` when a tenant is named and the tool is
    ///   quarantined for everybody, or the tenant has no approved subscription, or the definition has another hash.
    @discardableResult
    package borrowing func approveTool(
        _ exposedName: String,
        tenant: TenantName? = nil,
        ifSHA256: String? = nil
    ) throws(StoreError) -> ToolApproval {
        let planned = try reading.plannedApproval(exposedName, tenant: tenant, nowMs: clock())
        let approval = planned.approval
        if let ifSHA256, ifSHA256 != approval.tool.definition.sha256.hex {
            throw StoreError(
                .conflict,
                "the definition of \(quoted(exposedName)) isn't the one with that hash",
                hint: "its target changed it since; look at the difference again"
            )
        }
        if approval.changes.isEmpty { return approval }
        if approval.wasQuarantined { try release(approval.tool.name, targetID: planned.targetID) }
        let moves = approval.changes.filter { !$0.subscriptions.isEmpty }
        for (pinSet, change) in zip(planned.pinSets, moves) {
            let successor = try self.pinSet(pinSet, with: approval.tool, of: planned.targetID)
            try runEach(
                "UPDATE subscription SET pin_set_id = ?, revision = revision + 1 WHERE id = ?",
                change.subscriptions.lazy.map { [.integer(successor), .integer($0)] }
            )
        }
        try collectPins()
        if approval.wasQuarantined { try collectDefinitions() }
        try audit(
            "tool.approve",
            "tool:\(exposedName)",
            tenant: tenant?.text,
            before: [
                "state": .string((approval.wasQuarantined ? ToolEntry.State.quarantined : .active).rawValue),
                "sha256": .array(
                    approval.changes.map { $0.previousSHA256.map { .string($0.hex) } ?? .null }
                ),
                "names": .array(approval.changes.map { .optional($0.previousName) }),
            ],
            after: [
                "state": .string(ToolEntry.State.active.rawValue),
                "sha256": .string(approval.tool.definition.sha256.hex),
                "subscriptions": .array(
                    approval.changes.flatMap { $0.subscriptions.map { .number("\($0)") } }
                ),
            ]
        )
        return approval
    }

    /// The pin set that equals another one except for this tool.
    private borrowing func pinSet(
        _ id: Int64,
        with tool: ToolRecord,
        of targetID: Int64
    ) throws(StoreError) -> Int64 {
        var pins = try reading.pins(of: id)
        // By bytes: two spellings of é are two tools.
        pins.removeAll { $0.tool.utf8.elementsEqual(tool.name.utf8) }
        pins.append(Pin(tool: tool.name, sha256: tool.definition.sha256, alias: tool.alias))
        return try pinSet(of: targetID, pins)
    }
}
