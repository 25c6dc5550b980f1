import HTTP
import JSON
import Policy
import REST
import Store

/// `/tenants`.
func tenantRoutes(_ services: Services) -> [Route<AdminCaller>] {
    let name = Parameter.path("tenant", .pathName, "the tenant's name")
    return [
        Route(
            .get,
            "/tenants",
            id: "tenantList",
            "Lists tenants in order of their names.",
            parameters: Page.parameters,
            answer: Page.schema("tenants", of: .reference("Tenant"))
        ) { call throws(Problem) in
            let page = try Page(call, list: "tenants")
            let nowMs = services.nowMs()
            let tenants = try await services.read { reading throws(StoreError) in
                try reading.tenants(nowMs: nowMs)
            }
            return page.answer(
                "tenants",
                tenants,
                place: { $0.name.text },
                isAfter: { $0.name.text > $1 },
                json: { $0.json }
            )
        },
        Route(
            .post,
            "/tenants",
            id: "tenantCreate",
            "Makes a tenant.",
            body: .object([.required("name", .name), .optional("title", .string(1...200).orNull)]),
            status: 201,
            answer: .reference("Tenant"),
            problems: [.conflict]
        ) { call throws(Problem) in
            let (name, title) = (call.text("name") ?? "", call.text("title"))
            return reply(
                try await services.write(call) { writing throws(StoreError) in
                    try writing.createTenant(try TenantName(name), title: title)
                }
            )
        },
        Route(
            .get,
            "/tenants/{tenant}",
            id: "tenantShow",
            "Shows a tenant.",
            parameters: [name],
            answer: .reference("Tenant"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let (name, nowMs) = (call.path("tenant"), services.nowMs())
            return reply(
                try await services.read { reading throws(StoreError) in
                    try reading.tenant(try TenantName(name), nowMs: nowMs)
                }
            )
        },
        Route(
            .post,
            "/tenants/{tenant}/suspend",
            id: "tenantSuspend",
            "Stops all keys of a tenant at once, until it is resumed.",
            parameters: [name, .dryRun],
            answer: .reference("Tenant"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let name = call.path("tenant")
            return reply(
                try await services.write(call) { writing throws(StoreError) in
                    try writing.suspendTenant(try TenantName(name))
                }
            )
        },
        Route(
            .post,
            "/tenants/{tenant}/resume",
            id: "tenantResume",
            "Lets a suspended tenant's keys work again.",
            parameters: [name],
            answer: .reference("Tenant"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let name = call.path("tenant")
            return reply(
                try await services.write(call) { writing throws(StoreError) in
                    try writing.resumeTenant(try TenantName(name))
                }
            )
        },
    ]
}

private func reply(_ tenant: TenantRecord) -> APIReply { APIReply(tenant.json) }
