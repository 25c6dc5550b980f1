import Control
import HTTP
import JSON
import Policy
import REST
import Store

/// `/permissions`: tenants' allow and deny patterns, and what they come to.
func permissionRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        permissionList(services),
        permissionAdd(services),
        permissionRemove(services),
        permissionExplain(services),
    ]
}

private let effectSchema = Schema.oneOf(["allow", "deny"])

private func permissionList(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/permissions",
        id: "permissionList",
        "Lists rules by tenant: what is allowed, then what is denied.",
        parameters: [.query("tenant", .string(1...1_024), "only this tenant's")] + Page.parameters,
        answer: Page.schema("permissions", of: .reference("Permission")),
        problems: [.notFound]
    ) { call throws(Problem) in
        let page = try Page(call, list: "permissions")
        let tenant = call.query("tenant")
        let rules = try await services.read { reading throws(StoreError) in
            try reading.permissions(
                of: try tenant.map { text throws(StoreError) in try checked(TenantName(text)) }
            )
        }
        return page.answer(
            "permissions",
            rules,
            place: { $0.order },
            isAfter: { $0.order > $1 },
            json: { $0.json }
        )
    }
}

private func permissionAdd(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/permissions",
        id: "permissionAdd",
        "Adds a rule to a tenant; does nothing when it's there.",
        body: .object([
            .required("tenant", .name), .required("effect", effectSchema), .required("pattern", .toolPattern),
        ]),
        answer: .reference("Permission"),
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let (tenant, pattern) = (call.text("tenant") ?? "", call.text("pattern") ?? "")
        let effect = PermissionRecord.Effect(rawValue: call.text("effect") ?? "") ?? .deny
        let rule = try await services.write(call) { writing throws(StoreError) in
            try writing.addPermission(
                effect,
                try checked(namePattern(pattern)),
                to: try checked(TenantName(tenant))
            )
        }
        return APIReply(rule.json)
    }
}

private func permissionRemove(_ services: Services) -> Route<AdminCaller> {
    Route(
        .delete,
        "/permissions",
        id: "permissionRemove",
        "Removes a rule of a tenant, whether it allows or denies unless the effect is given.",
        parameters: [
            .query("tenant", .string(1...1_024), "whose rule", isRequired: true),
            .query("pattern", .string(1...1_024), "the rule's pattern", isRequired: true),
            .query("effect", effectSchema, "which of the two, if both are there"), .dryRun,
        ],
        answer: .object([.required("removed", .array(.reference("Permission"), max: 2))]),
        problems: [.notFound]
    ) { call throws(Problem) in
        let (tenant, pattern) = (call.path("tenant"), call.path("pattern"))
        let effect = call.query("effect").flatMap { PermissionRecord.Effect(rawValue: $0) }
        let removed = try await services.write(call) { writing throws(StoreError) in
            let (tenant, pattern) = (try checked(TenantName(tenant)), try checked(namePattern(pattern)))
            let removed = try writing.removePermission(pattern, of: tenant, effect: effect)
            guard !removed.isEmpty else {
                throw StoreError(
                    .notFound,
                    "tenant \(tenant) has no such rule",
                    hint: "`mcp-gateway permission list \(tenant)` shows its rules"
                )
            }
            return removed
        }
        return APIReply(["removed": .array(removed.map { $0.json })])
    }
}

private func permissionExplain(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/permissions/explain",
        id: "permissionExplain",
        "Says whether a tenant may see and call a tool now, and which rule decided.",
        parameters: [
            .query("tenant", .string(1...1_024), "who would call", isRequired: true),
            .query("tool", .string(1...1_024), "the tool, as agents call it", isRequired: true),
            .query("key", .string(1...1_024), "with which of its keys, by prefix; any when left out"),
        ],
        answer: .reference("Explanation"),
        problems: [.notFound]
    ) { call throws(Problem) in
        try await services.explanation(
            tenant: call.path("tenant"),
            tool: call.path("tool"),
            key: call.query("key")
        )
    }
}

extension PermissionRecord {
    /// Where it is in the list.
    fileprivate var order: String { "\(tenant.text) \(effect.rawValue) \(pattern.text)" }

    fileprivate var json: JSONValue {
        [
            "id": .optional(id),
            "tenant": .string(tenant.text),
            "effect": .string(effect.rawValue),
            "pattern": .string(pattern.text),
            "createdAtMs": .optional(createdAtMs),
        ]
    }
}

let permissionSchema = Schema.object([
    .required("id", .id),
    .required("tenant", .name),
    .required("effect", .oneOf(["allow", "deny"])),
    .required("pattern", .toolPattern),
    .required("createdAtMs", .moment),
])
