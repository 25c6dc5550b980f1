import HTTP
import JSON
import Policy
import REST
import Store

/// `/tenants`.
func tenantRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        tenantList(services),
        tenantCreate(services),
        tenantShow(services),
        tenantUpdate(services),
        tenantRemove(services),
        tenantSuspend(services),
        tenantResume(services),
    ]
}

private let nameParameter = Parameter.path("tenant", .pathName, "the tenant's name")

private func tenantCreate(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/tenants",
        id: "tenantCreate",
        "Makes a tenant.",
        body: .object([.required("name", .name)] + tenantMembers),
        status: 201,
        answer: .reference("Tenant"),
        problems: [.conflict]
    ) { call throws(Problem) in
        try TenantSettings.check(call.body)
        let (name, change) = (call.text("name") ?? "", TenantChange(call))
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.createTenant(TenantSpec(name: try checked(TenantName(name)), change))
            }
        )
    }
}

private func tenantShow(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/tenants/{tenant}",
        id: "tenantShow",
        "Shows a tenant.",
        parameters: [nameParameter],
        answer: .reference("Tenant"),
        problems: [.notFound]
    ) { call throws(Problem) in
        let (name, nowMs) = (call.path("tenant"), services.nowMs())
        return reply(
            try await services.read { reading throws(StoreError) in
                try reading.tenant(try checked(TenantName(name)), nowMs: nowMs)
            }
        )
    }
}

private func tenantUpdate(_ services: Services) -> Route<AdminCaller> {
    Route(
        .patch,
        "/tenants/{tenant}",
        id: "tenantUpdate",
        "Changes what is said about a tenant; null clears, and labels are given all or not at all.",
        parameters: [nameParameter],
        body: .object(tenantMembers),
        answer: .reference("Tenant"),
        problems: [.notFound, .preconditionFailed]
    ) { call throws(Problem) in
        try TenantSettings.check(call.body)
        let (name, change) = (call.path("tenant"), TenantChange(call))
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.updateTenant(try checked(TenantName(name)), change, ifRevision: revision)
            }
        )
    }
}

private func tenantRemove(_ services: Services) -> Route<AdminCaller> {
    Route(
        .delete,
        "/tenants/{tenant}",
        id: "tenantRemove",
        "Removes a tenant; its history stays. Refused while it has active keys, unless forced.",
        parameters: [
            nameParameter, .query("force", .boolean(), "whether to revoke its active keys first"), .dryRun,
        ],
        answer: .reference("Tenant"),
        problems: [.notFound, .conflict, .preconditionFailed]
    ) { call throws(Problem) in
        let (name, isForced) = (call.path("tenant"), call.flag("force"))
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.removeTenant(try checked(TenantName(name)), force: isForced, ifRevision: revision)
            }
        )
    }
}

private func tenantSuspend(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/tenants/{tenant}/suspend",
        id: "tenantSuspend",
        "Stops all keys of a tenant at once, until it is resumed.",
        parameters: [nameParameter, .dryRun],
        answer: .reference("Tenant"),
        problems: [.notFound, .preconditionFailed]
    ) { call throws(Problem) in
        let name = call.path("tenant")
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.suspendTenant(try checked(TenantName(name)), ifRevision: revision)
            }
        )
    }
}

private func tenantResume(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/tenants/{tenant}/resume",
        id: "tenantResume",
        "Lets a suspended tenant's keys work again.",
        parameters: [nameParameter],
        answer: .reference("Tenant"),
        problems: [.notFound, .preconditionFailed]
    ) { call throws(Problem) in
        let name = call.path("tenant")
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.resumeTenant(try checked(TenantName(name)), ifRevision: revision)
            }
        )
    }
}

private func tenantList(_ services: Services) -> Route<AdminCaller> {
    let removed = Parameter.query(
        "removed",
        .boolean(),
        "whether to list those that were removed, the last first"
    )
    return Route(
        .get,
        "/tenants",
        id: "tenantList",
        "Lists tenants in order of their names.",
        parameters: [removed] + Page.parameters,
        answer: Page.schema("tenants", of: .reference("Tenant"))
    ) { call throws(Problem) in
        let page = try Page(call, list: "tenants")
        let (nowMs, wantsRemoved) = (services.nowMs(), call.flag("removed"))
        let tenants = try await services.read { reading throws(StoreError) in
            wantsRemoved ? try reading.removedTenants(nowMs: nowMs) : try reading.tenants(nowMs: nowMs)
        }
        guard wantsRemoved else {
            return page.answer(
                "tenants",
                tenants,
                place: { $0.name.text },
                isAfter: { $0.name.text > $1 },
                json: { $0.json }
            )
        }
        func isAfter(_ tenant: TenantRecord, _ place: String) -> Bool {
            let parts = place.split(separator: " ").map { Int64($0) ?? 0 }
            return (tenant.removedAtMs ?? 0, tenant.id) < (parts.first ?? 0, parts.last ?? 0)
        }
        return page.answer(
            "tenants",
            tenants,
            place: { "\($0.removedAtMs ?? 0) \($0.id)" },
            isAfter: isAfter,
            json: { $0.json }
        )
    }
}

private func reply(_ tenant: TenantRecord) -> APIReply {
    APIReply(tenant.json, etag: EntityTag(tenant.revision))
}

private let tenantMembers: [Schema.Member] = [
    .optional("title", .string(1...200, "what people call it").orNull),
    .optional("contact", .string(1...200, "whom to ask about it").orNull),
    .optional("labels", .map(.string(0...200), max: 32, "names of a-z, A-Z, 0-9 and . _ / -")),
    .optional(
        "lambdaTenantId",
        .string(1...256, "no call uses it, so only null is taken, which clears it").orNull
    ),
    .optional(
        "roleArn",
        .string(1...2_048, "no call uses it, so only null is taken, which clears it").orNull
    ),
]

/// What the store has a place for and no call uses.
package enum TenantSettings {
    package static let roleAdvice =
        "calls are made with the gateway's own AWS credentials; to keep a tenant's calls apart in IAM, run a gateway "
        + "with that role's credentials for it"
    package static let lambdaTenantAdvice =
        "calls carry no tenant id; to keep a tenant's data apart in Lambda, give it a target with a function of its own"

    /// - Throws: for a value that would be stored and do nothing; null clears what an older version stored.
    static func check(_ body: JSONObject) throws(Problem) {
        var faults: [Problem.Fault] = []
        for (member, advice) in [("lambdaTenantId", lambdaTenantAdvice), ("roleArn", roleAdvice)]
        where body[member].map({ !$0.isNull }) ?? false {
            faults.append(.init("/\(member)", "has no effect in this version, so it isn't taken: \(advice)"))
        }
        guard let first = faults.first else { return }
        throw Problem(
            .invalid,
            "\(first.field) \(first.detail)",
            hint: "leave it out, or give null to clear it",
            errors: faults
        )
    }
}

extension TenantChange {
    /// What a body says: `null` clears, as an empty text does.
    fileprivate init(_ call: APICall<AdminCaller>) {
        func said(_ name: String) -> String? { call.says(name) ? call.text(name) ?? "" : nil }
        self.init(
            title: said("title"),
            contact: said("contact"),
            labels: call.body["labels"]?.objectValue.map { object in
                Dictionary(
                    object.members.map { ($0.key, $0.value.stringValue ?? "") },
                    uniquingKeysWith: { first, _ in first }
                )
            },
            lambdaTenantID: said("lambdaTenantId"),
            roleARN: said("roleArn")
        )
    }
}

extension TenantSpec {
    /// What is said about a new tenant.
    fileprivate init(name: TenantName, _ change: TenantChange) {
        func given(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            name: name,
            title: given(change.title),
            contact: given(change.contact),
            labels: change.labels ?? [:],
            lambdaTenantID: given(change.lambdaTenantID),
            roleARN: given(change.roleARN)
        )
    }
}
