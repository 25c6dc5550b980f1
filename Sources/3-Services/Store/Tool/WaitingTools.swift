import Policy
import Database

/// A tool that some tenants, or all, don't get until `approveTool`.
package struct WaitingTool: Sendable, Equatable {
    package struct Subscription: Sendable, Equatable {
        package var id: Int64
        package var tenant: TenantName
        /// Whether the subscription was approved with another definition or name of it; else the tool is new to it.
        package var isChange: Bool
    }

    package var target: TargetName
    /// What agents call it.
    package var exposedName: String
    /// Whether it's held back from everybody.
    package var isQuarantined: Bool
    /// The approved subscriptions that would get it, by id.
    package var subscriptions: [Subscription]
}

extension ReadTransaction {
    /// The tools that wait for an approval, for everybody or for some tenants, by target and name.
    ///
    /// Linear in tools × distinct pin sets, and in the tools that wait.
    package borrowing func pendingApprovals(nowMs: Int64) throws(StoreError) -> [WaitingTool] {
        var waiting: [String: WaitingTool] = [:]
        func name(_ row: borrowing Row) throws(StoreError) -> (TargetName, String) {
            let target = try checked(TargetName(row.text(at: 0) ?? ""))
            return (target, ToolRecord.exposedName(target: target.text, tool: row.text(at: 1) ?? ""))
        }
        try forEachRow(
            """
            SELECT target.name, \(exposedWord) FROM tool JOIN target ON target.id = tool.target_id \(joinAlias)
            WHERE tool.state = 'quarantined'
            """
        ) { row throws(StoreError) in
            let (target, exposedName) = try name(row)
            waiting[exposedName] = WaitingTool(
                target: target,
                exposedName: exposedName,
                isQuarantined: true,
                subscriptions: []
            )
        }
        let bound = try subscriptions(
            where: "subscription.state = 'approved' AND subscription.pin_set_id IS NOT NULL",
            [],
            nowMs: nowMs
        ).filter { $0.state == .approved }
        let subscribers = Dictionary(grouping: bound) { $0.pinSetID ?? 0 }
        try forEachRow(
            """
            SELECT target.name, \(exposedWord), pin_set.id, pin.sha256 IS NOT NULL
            FROM pin_set JOIN target ON target.id = pin_set.target_id JOIN tool ON tool.target_id = target.id
                \(joinAlias) LEFT JOIN pin ON pin.pin_set_id = pin_set.id AND pin.tool_name = tool.name
            WHERE pin.sha256 IS DISTINCT FROM tool.sha256 OR pin.alias IS DISTINCT FROM alias.alias
            """
        ) { row throws(StoreError) in
            let (target, exposedName) = try name(row)
            let isChange = row.int64(at: 3) != 0
            for subscription in subscribers[row.int64(at: 2)] ?? []
            where subscription.lets(exposedName) {
                waiting[
                    exposedName,
                    default: WaitingTool(
                        target: target,
                        exposedName: exposedName,
                        isQuarantined: false,
                        subscriptions: []
                    )
                ].subscriptions.append(
                    WaitingTool.Subscription(
                        id: subscription.id,
                        tenant: subscription.tenant,
                        isChange: isChange
                    )
                )
            }
        }
        return waiting.values.map { tool in
            var tool = tool
            tool.subscriptions.sort { $0.id < $1.id }
            return tool
        }.sorted {
            ($0.target.text, $0.exposedName) < ($1.target.text, $1.exposedName)
        }
    }
}

extension SubscriptionRecord {
    /// Whether its patterns let a tool through, pins aside.
    fileprivate func lets(_ exposedName: String) -> Bool {
        [requestedTools, approvedTools].allSatisfy { patterns in
            patterns.isEmpty || patterns.contains { $0.matches(exposedName.utf8.span) }
        }
    }
}
