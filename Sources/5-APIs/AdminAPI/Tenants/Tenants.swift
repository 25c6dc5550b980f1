import HTTP
package import REST
package import Store

/// `/tenants`: the tenants and their settings.
package enum Tenants {
    static let all: [any AnyOperation<Services>] = [create, list, show, update, suspend, resume, remove]

    package struct CreateArguments: Arguments {
        package let name = Argument.member("name", .tenant())
        package let settings = TenantSettings()

        package init() {}
    }

    package static let create = AdminOperation(
        .post,
        "/tenants",
        id: "tenantCreate",
        "Makes a tenant.",
        takes: CreateArguments.self,
        answers: TenantForm.self,
        status: 201,
        problems: [.conflict],
        verb: .own("tenant create")
    ) { call throws(Problem) in
        let change = TenantChange(call.settings)
        return try await call.write { writing throws(StoreError) in
            let tenant = try writing.createTenant(TenantSpec(name: call.name, change))
            try writing.checkNarrowing(of: tenant)
            return tenant
        }
    }

    struct ListArguments: Arguments {
        let removed = Argument.flag("removed", "whether to list those that were removed, the last first")
            .flagOption("those that were removed, the last first")
        let page = PageArguments()
    }

    private static let list = AdminOperation(
        .get,
        "/tenants",
        id: "tenantList",
        "Lists tenants in order of their names.",
        takes: ListArguments.self,
        answers: ListForm<TenantForm>.self,
        verb: Verb(
            "tenant list",
            "Lists the tenants.",
            example: "mcp-gateway tenant list",
            shows: .table(
                columns: { TenantForm.columns(removed: $0.removed) },
                ifEmpty: {
                    $0.removed
                        ? "no tenants were removed" : "no tenants yet; `mcp-gateway tenant create` makes one"
                }
            )
        )
    ) { call throws(Problem) in
        let (page, nowMs) = (try call.page(of: "tenants"), call.nowMs)
        let tenants = try await call.read { reading throws(StoreError) in
            call.removed ? try reading.removedTenants(nowMs: nowMs) : try reading.tenants(nowMs: nowMs)
        }
        guard call.removed else {
            return page.cut(tenants, place: { $0.name.text }, isAfter: { $0.name.text > $1 })
        }
        func isAfter(_ tenant: TenantRecord, _ place: String) -> Bool {
            let parts = place.split(separator: " ").map { Int64($0) ?? 0 }
            return (tenant.removedAtMs ?? 0, tenant.id) < (parts.first ?? 0, parts.last ?? 0)
        }
        return page.cut(tenants, place: { "\($0.removedAtMs ?? 0) \($0.id)" }, isAfter: isAfter)
    }

    package struct ShowArguments: Arguments {
        package let tenant = nameInPath

        package init() {}
    }

    package static let show = AdminOperation.reading(
        "/tenants/{tenant}",
        id: "tenantShow",
        "Shows a tenant.",
        takes: ShowArguments.self,
        answers: TenantForm.self,
        problems: [.notFound],
        verb: Verb(
            "tenant show",
            "Shows all about one tenant.",
            example: "mcp-gateway tenant show team-a",
            shows: .details(TenantForm.details)
        )
    ) { reading, call throws(StoreError) in
        try reading.tenant(call.tenant, nowMs: call.nowMs)
    }

    package struct UpdateArguments: Arguments {
        package let tenant = nameInPath
        package let settings = TenantSettings()

        package init() {}
    }

    package static let update = AdminOperation(
        .patch,
        "/tenants/{tenant}",
        id: "tenantUpdate",
        "Changes what is said about a tenant; null clears, and labels are given all or not at all.",
        takes: UpdateArguments.self,
        answers: TenantForm.self,
        problems: [.notFound, .preconditionFailed],
        verb: .own("tenant update")
    ) { call throws(Problem) in
        let (change, revision) = (TenantChange(call.settings), try call.expectedRevision())
        return try await call.write { writing throws(StoreError) in
            let tenant = try writing.updateTenant(call.tenant, change, ifRevision: revision)
            if change.touchesRole { try writing.checkNarrowing(of: tenant) }
            return tenant
        }
    }

    struct SuspendArguments: Arguments {
        let tenant = nameInPath
        let dryRun = Argument.dryRun
    }

    private static let suspend = AdminOperation.changing(
        .post,
        "/tenants/{tenant}/suspend",
        id: "tenantSuspend",
        "Stops all keys of a tenant at once, until it is resumed.",
        takes: SuspendArguments.self,
        answers: TenantForm.self,
        problems: [.notFound, .preconditionFailed],
        verb: Verb(
            "tenant suspend",
            "Stops all keys of a tenant at once, until it is resumed.",
            example: "mcp-gateway tenant suspend team-a",
            shows: .done { "suspended tenant \($0.name)" }
        )
    ) { writing, call, revision throws(StoreError) in
        try writing.suspendTenant(call.tenant, ifRevision: revision)
    }

    private static let resume = AdminOperation.changing(
        .post,
        "/tenants/{tenant}/resume",
        id: "tenantResume",
        "Lets a suspended tenant's keys work again.",
        takes: ShowArguments.self,
        answers: TenantForm.self,
        problems: [.notFound, .preconditionFailed],
        verb: Verb(
            "tenant resume",
            "Lets the keys of a suspended tenant work again.",
            example: "mcp-gateway tenant resume team-a",
            shows: .done { "resumed tenant \($0.name)" }
        )
    ) { writing, call, revision throws(StoreError) in
        try writing.resumeTenant(call.tenant, ifRevision: revision)
    }

    struct RemoveArguments: Arguments {
        let tenant = nameInPath
        let force = Argument.flag("force", "whether to revoke its active keys first")
            .flagOption("also when it has active keys, which are revoked")
        let dryRun = Argument.dryRun
    }

    private static let remove = AdminOperation.changing(
        .delete,
        "/tenants/{tenant}",
        id: "tenantRemove",
        "Removes a tenant; its history stays. Refused while it has active keys, unless forced.",
        takes: RemoveArguments.self,
        answers: TenantForm.self,
        problems: [.notFound, .conflict, .preconditionFailed],
        verb: Verb(
            "tenant remove",
            "Removes a tenant with its permissions, subscriptions and limits; its history stays.",
            details: "Refused while the tenant has active keys, unless --force is given.",
            example: "mcp-gateway tenant remove team-a --dry-run",
            shows: .done { "removed tenant \($0.name)" }
        )
    ) { writing, call, revision throws(StoreError) in
        try writing.removeTenant(call.tenant, force: call.force, ifRevision: revision)
    }

    private static var nameInPath: Argument<TenantName> {
        .path("tenant", .tenant(.anyName), "the tenant's name").operand().offering(.tenants)
    }
}
