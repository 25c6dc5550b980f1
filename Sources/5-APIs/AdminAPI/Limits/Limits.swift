import Control
import HTTP
import Policy
import RateLimit
package import REST
import Store

/// `/limits`: rates, quotas and budgets.
package enum Limits {
    static let all: [any AnyOperation<Services>] = [set, list, show, remove]

    /// The words for the scopes of limits.
    package static let scopes = ["tenant", "key", "target", "tenant-target", "tenant-tool"]

    package struct SetArguments: Arguments {
        package let scope = Argument.member("scope", .oneOf(scopes))
        package let name = Argument.member(
            "name",
            .text(1...512, "a tenant, a key's prefix, a target, tenant/target or tenant/target___tool")
        )
        package let figures = LimitFigures()

        package init() {}
    }

    package static let set = AdminOperation.changing(
        .put,
        "/limits",
        id: "limitSet",
        "Makes a limit, or changes what is named of the one that is there: its counters stay. null takes away.",
        takes: SetArguments.self,
        answers: LimitForm.self,
        problems: [.notFound, .preconditionFailed],
        verb: .own("limit set")
    ) { writing, call, revision throws(StoreError) in
        try writing.setLimit(
            try checked(LimitDraft.object(scope: call.scope, name: call.name)),
            LimitChange(call.figures),
            ifRevision: revision
        )
    }

    package struct ListArguments: Arguments {
        let tenant = Argument.query(
            "tenant",
            .tenant(.anyName),
            "only this tenant's, with its keys'"
        ).option("NAME").offering(.tenants)
        let page = PageArguments()

        package init() {}
    }

    package static let list = AdminOperation.listing(
        "/limits",
        id: "limitList",
        "Lists limits by their ids, with how much of each is used and left.",
        takes: ListArguments.self,
        of: LimitInUseForm.self,
        problems: [.notFound],
        verb: Verb(
            "limit list",
            "Lists rates, quotas and budgets, with what is used and left of each.",
            details: """
                A server that runs here is asked for what it counts. Without one, what was last written of quotas and
                budgets is shown, and of rates nothing. Quotas and budgets begin anew at midnight, UTC; a rate is unused
                once its burst is there again. Budgets are in US dollars, with what calls under way may cost.
                """,
            example: "mcp-gateway limit list --tenant acme",
            asks: .serverIfRunning,
            shows: .table(
                headings: LimitInUseForm.headings,
                ifEmpty: "no limits; `mcp-gateway limit set` makes one",
                rows: LimitInUseForm.rows
            ).noting(LimitInUseForm.note)
        ),
        place: { "\($0.limit.id)" },
        isAfter: { $0.limit.id > Int64($1) ?? 0 }
    ) { reading, call throws(StoreError) in
        try call.inUse(try reading.limits(of: call.tenant), reading)
    }

    struct ShowArguments: Arguments {
        let id = idInPath
    }

    private static let show = AdminOperation.reading(
        "/limits/{id}",
        id: "limitShow",
        "Shows a limit, with how much of it is used and left.",
        takes: ShowArguments.self,
        answers: LimitInUseForm.self,
        problems: [.notFound]
    ) { reading, call throws(StoreError) in
        let limit = try reading.limit(call.id)
        return try call.inUse([limit], reading)[0]
    }

    package struct RemoveArguments: Arguments {
        package let id = idInPath
        package let dryRun = Argument.dryRun

        package init() {}
    }

    package static let remove = AdminOperation.changing(
        .delete,
        "/limits/{id}",
        id: "limitRemove",
        "Takes a limit away, with what was counted.",
        takes: RemoveArguments.self,
        answers: LimitForm.self,
        problems: [.notFound, .preconditionFailed],
        verb: .own("limit remove")
    ) { writing, call, revision throws(StoreError) in
        try writing.removeLimit(call.id, ifRevision: revision)
    }

    private static var idInPath: Argument<Int64> { .path("id", .id, "the limit's id") }
}

extension OperationCall where Service == Services {
    /// The limits with their use: by the server's own count if a server answers that counts the limit already, else by
    /// the store's.
    fileprivate func inUse(
        _ limits: [LimitRecord],
        _ reading: borrowing ReadTransaction
    ) throws(StoreError) -> [LimitInUse] {
        let (now, live) = (nowMs, services.server?.limitUse?.standings() ?? [:])
        let rest = limits.filter { live[$0.id] == nil }
        let rows = Dictionary(grouping: try reading.quotaUsage()) { $0.limitID }
        let stored = reading.standings(of: rest, rows, nowMs: now)
        return limits.map { limit in
            LimitInUse(
                limit: limit,
                standings: live[limit.id] ?? stored[limit.id] ?? [],
                source: live[limit.id] == nil ? .store : .server,
                stored: rows[limit.id] ?? [],
                nowMs: now
            )
        }
    }
}
