import Control
import HTTP
import Policy
package import REST
import Store

/// `/limits`: rates and quotas.
package enum Limits {
    static let all: [any AnyOperation<Services>] = [set, list, show, remove]

    /// The words for what a limit is on.
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
        "Lists limits by their ids.",
        takes: ListArguments.self,
        of: LimitForm.self,
        problems: [.notFound],
        verb: Verb(
            "limit list",
            "Lists rates and quotas.",
            example: "mcp-gateway limit list --tenant acme",
            shows: .table(LimitForm.columns, ifEmpty: "no limits; `mcp-gateway limit set` makes one")
        ),
        place: { "\($0.id)" },
        isAfter: { $0.id > Int64($1) ?? 0 }
    ) { reading, call throws(StoreError) in
        try reading.limits(of: call.tenant)
    }

    struct ShowArguments: Arguments {
        let id = idInPath
    }

    private static let show = AdminOperation.reading(
        "/limits/{id}",
        id: "limitShow",
        "Shows a limit.",
        takes: ShowArguments.self,
        answers: LimitForm.self,
        problems: [.notFound]
    ) { reading, call throws(StoreError) in
        try reading.limit(call.id)
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
