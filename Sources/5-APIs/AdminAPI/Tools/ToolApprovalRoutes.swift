import Bytes
import Control
import HTTP
import JSON
import Policy
import REST
import Store

/// What is done about new and changed definitions.
func toolApprovalRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        toolDiff(services),
        toolApprove(services),
        toolQuarantine(services),
        toolWaiting(services),
    ]
}

private func toolDiff(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/tools/{tool}/diff",
        id: "toolDiff",
        "Shows what `approve` would take: the present definition against each that is in force.",
        parameters: [
            toolInPath, .query("tenant", .string(1...1_024), "for this tenant's subscription alone"),
        ],
        answer: .reference("ToolApproval"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (name, tenant, nowMs) = (call.path("tool"), call.query("tenant"), services.nowMs())
        let approval = try await services.read { reading throws(StoreError) in
            var tenantName: TenantName?
            if let tenant { tenantName = try checked(TenantName(tenant)) }
            return try reading.toolApproval(name, tenant: tenantName, nowMs: nowMs)
        }
        return APIReply(approval.json)
    }
}

private func toolApprove(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/tools/{tool}/approve",
        id: "toolApprove",
        "Takes a tool's present definition as good, for one tenant or for all.",
        parameters: [toolInPath, .dryRun],
        body: .object([
            .optional("tenant", Schema.name.orNull),
            .optional(
                "sha256",
                .string(64...64, "of the definition that was looked at; another one is refused").orNull
            ),
        ]),
        isBodyOptional: true,
        answer: .reference("ToolApproval"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (name, tenant, sha256) = (call.path("tool"), call.text("tenant"), call.text("sha256"))
        let approval = try await services.write(call) { writing throws(StoreError) in
            var tenantName: TenantName?
            if let tenant { tenantName = try checked(TenantName(tenant)) }
            return try writing.approveTool(name, tenant: tenantName, ifSHA256: sha256)
        }
        return APIReply(approval.json)
    }
}

private func toolQuarantine(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/tools/{tool}/quarantine",
        id: "toolQuarantine",
        "Holds a tool back from everybody until it is approved.",
        parameters: [toolInPath, .dryRun],
        answer: .reference("Tool"),
        problems: [.notFound]
    ) { call throws(Problem) in
        let name = call.path("tool")
        let tool = try await services.write(call) { writing throws(StoreError) in
            try writing.quarantineTool(name)
        }
        return APIReply(.object(tool.json))
    }
}

private func toolWaiting(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/waiting-tools",
        id: "toolWaiting",
        "Lists the tools that wait for an approval, for everybody or for some subscriptions.",
        parameters: Page.parameters,
        answer: Page.schema("tools", of: .reference("WaitingTool"))
    ) { call throws(Problem) in
        let page = try Page(call, list: "waiting-tools")
        let nowMs = services.nowMs()
        let tools = try await services.read { reading throws(StoreError) in
            try reading.pendingApprovals(nowMs: nowMs)
        }
        return page.answer(
            "tools",
            tools,
            place: { $0.exposedName },
            isAfter: { tool, place in
                (tool.target.text, tool.exposedName)
                    > (ToolRecord.target(ofExposedName: place) ?? "", place)
            },
            json: { $0.json }
        )
    }
}

extension ToolApproval {
    fileprivate var json: JSONValue {
        .object(
            tool.json.with(
                ("wasQuarantined", .bool(wasQuarantined)),
                ("changes", .array(changes.map { $0.json(to: tool.definition) }))
            )
        )
    }
}

extension ToolApproval.Change {
    fileprivate func json(to present: ToolDefinition) -> JSONValue {
        [
            "previousSha256": .optional(previousSHA256?.hex),
            "previousName": .optional(previousName),
            "subscriptions": .array(subscriptions.map { .optional($0) }),
            "tenants": .texts(tenants.map { $0.text }),
            "diff": .string(DefinitionDiff(from: previous, to: present.json).text),
        ]
    }
}

let toolApprovalSchema = Schema.object(
    toolMembers + [
        .required("wasQuarantined", .boolean("whether it was held back from everybody")),
        .required(
            "changes",
            .array(
                .object([
                    .required("previousSha256", .string(64...64, "null when there was none").orNull),
                    .required("previousName", .string(1...512, "what agents called it then").orNull),
                    .required("subscriptions", .array(.id)),
                    .required("tenants", .array(.name)),
                    .required("diff", .string(0...4_194_304, "lines as in a patch, for people")),
                ])
            )
        ),
    ]
)

extension WaitingTool {
    fileprivate var json: JSONValue {
        [
            "name": .string(exposedName),
            "target": .string(target.text),
            "quarantined": .bool(isQuarantined),
            "subscriptions": .array(
                subscriptions.map { subscription in
                    [
                        "id": .optional(subscription.id),
                        "tenant": .string(subscription.tenant.text),
                        "change": .bool(subscription.isChange),
                    ]
                }
            ),
        ]
    }
}

let waitingToolSchema = Schema.object([
    .required("name", .string(1...512)),
    .required("target", .name),
    .required("quarantined", .boolean("whether it's held back from everybody")),
    .required(
        "subscriptions",
        .array(
            .object([
                .required("id", .id),
                .required("tenant", .name),
                .required(
                    "change",
                    .boolean("whether it was approved with another definition or name; else it's new")
                ),
            ])
        )
    ),
])
