import Control
import HTTP
import Policy
import REST
import Store

/// `/permissions`: tenants' allow and deny patterns, and the decisions that follow from them.
enum Permissions {
    static let all: [any AnyOperation<Services>] = [add, list, remove, explain]

    struct AddArguments: Arguments {
        let tenant = Argument.member("tenant", .tenant()).operand("the tenant's name").offering(.tenants)
        let effect = Argument.member("effect", .words(of: PermissionRecord.Effect.self))
        let pattern = Argument.member("pattern", .toolPattern).operand()
    }

    private static let add = AdminOperation.changing(
        .post,
        "/permissions",
        id: "permissionAdd",
        "Adds a rule to a tenant; does nothing when it's there.",
        takes: AddArguments.self,
        answers: PermissionForm.self,
        problems: [.notFound, .conflict],
        verb: Verb(
            "permission allow",
            "Lets a tenant use only tools that match this, or another pattern it's allowed.",
            details: """
                A tenant without any allow pattern may use all that its subscriptions give. What is denied is denied
                whatever is allowed.
                """,
            example: "mcp-gateway permission allow team-a 'time___*'",
            shows: .done { "allowed \($0.pattern) for tenant \($0.tenant)" }
        ).always(\.effect, PermissionRecord.Effect.allow.rawValue),
        secondVerb: Verb(
            "permission deny",
            "Takes tools that match from a tenant, whatever is allowed.",
            example: "mcp-gateway permission deny team-a '*___delete_*'",
            shows: .done { "denied \($0.pattern) for tenant \($0.tenant)" }
        ).always(\.effect, PermissionRecord.Effect.deny.rawValue)
    ) { writing, call, _ throws(StoreError) in
        try writing.addPermission(call.effect, call.pattern, to: call.tenant)
    }

    struct ListArguments: Arguments {
        let tenant = Argument.query("tenant", .tenant(.anyName), "only this tenant's")
            .operand(isOptional: true).offering(.tenants)
        let page = PageArguments()
    }

    private static let list = AdminOperation.listing(
        "/permissions",
        id: "permissionList",
        "Lists rules by tenant: what is allowed, then what is denied.",
        takes: ListArguments.self,
        of: PermissionForm.self,
        problems: [.notFound],
        verb: Verb(
            "permission list",
            "Lists the patterns that tenants are allowed and denied.",
            details: "The patterns of single keys are in `key list`.",
            example: "mcp-gateway permission list team-a",
            shows: .table(
                PermissionForm.columns,
                ifEmpty: "no rules: tenants may use all that their subscriptions give; "
                    + "`mcp-gateway permission deny` takes something away"
            )
        ),
        place: { $0.order },
        isAfter: { $0.order > $1 }
    ) { reading, call throws(StoreError) in
        try reading.permissions(of: call.tenant)
    }

    struct RemoveArguments: Arguments {
        let tenant = Argument.requiredQuery("tenant", .tenant(.anyName), "whose rule")
            .operand("the tenant's name").offering(.tenants)
        let pattern = Argument.requiredQuery("pattern", .toolPattern(.anyName), "the rule's pattern")
            .operand("as `permission list` shows it").offering(.patternsOfTenant)
        let effect = Argument.query(
            "effect",
            .words(of: PermissionRecord.Effect.self),
            "which of the two, if both are there"
        ).option("allow|deny", "which of the two, when the pattern is there twice")
        let dryRun = Argument.dryRun
    }

    private static let remove = AdminOperation.changing(
        .delete,
        "/permissions",
        id: "permissionRemove",
        "Removes a rule of a tenant, whether it allows or denies unless the effect is given.",
        takes: RemoveArguments.self,
        answers: RemovedPermissionsForm.self,
        problems: [.notFound],
        verb: Verb(
            "permission remove",
            "Removes a pattern of a tenant, whether it allows or denies.",
            example: "mcp-gateway permission remove team-a '*___delete_*'",
            shows: .done { answer, given in
                let removed = answer.removed.map { "\($0.effect) \($0.pattern)" }
                return "removed \(removed.joined(separator: " and ")) of tenant \(given.tenant ?? "")"
            }
        )
    ) { writing, call, _ throws(StoreError) in
        let removed = try writing.removePermission(call.pattern, of: call.tenant, effect: call.effect)
        guard !removed.isEmpty else {
            throw StoreError(
                .notFound,
                "tenant \(call.tenant) has no such rule",
                hint: "`mcp-gateway permission list \(call.tenant)` shows its rules"
            )
        }
        return removed
    }

    struct ExplainArguments: Arguments {
        let tenant = Argument.requiredQuery("tenant", .tenant(.anyName), "who would call")
            .operand("the tenant's name").offering(.tenants)
        let tool = Argument.requiredQuery("tool", .anyName, "the tool, as agents call it")
            .operand("its exposed name, target___tool").offering(.tools)
        let key = Argument.query("key", .anyName, "with which of its keys, by prefix; any when left out")
            .option(
                "PREFIX",
                "with this one of its keys; without, what the key's own patterns say is left out"
            ).offering(.keysOfTenant)
    }

    private static let explain = AdminOperation(
        .get,
        "/permissions/explain",
        id: "permissionExplain",
        "Says whether a tenant may see and call a tool now, and which rule decided.",
        takes: ExplainArguments.self,
        answers: ExplanationForm.self,
        problems: [.notFound],
        verb: Verb(
            "permission explain",
            "Says whether a tenant may see and call a tool now, and which rule decided.",
            details: """
                Exit status: 0 it may, 1 it may not (the answer is on stdout) or it could not be said (why is on stderr).
                `tool list --tenant` says the same of all tools.
                """,
            example: """
                mcp-gateway permission explain team-a time___convert_time
                mcp-gateway permission explain team-a time___convert_time --key 3k9x0v2a --quiet
                """,
            shows: .done { ExplanationForm.sentence($0) }
        ).failing { !$0.access.allowed }
    ) { call throws(Problem) in
        try await call.explanation(tenant: call.tenant, tool: call.tool, key: call.key)
    }
}

/// The JSON form of a rule; docs/cli-json.md describes it.
struct PermissionForm: ListedForm {
    typealias Record = PermissionRecord

    static let component: String? = "Permission"
    static let plural = "permissions"
    static let names = ["tenant", "pattern"]

    let id = Member("id", .id, \Record.id)
    let tenant = Member("tenant", .name, \Record.tenant.text)
    let effect = Member("effect", .word(of: Record.Effect.self), \Record.effect.rawValue)
    let pattern = Member("pattern", .toolPattern(max: 256), \Record.pattern.text)
    let createdAtMs = Member("createdAtMs", .moment, \Record.createdAtMs)

    static let columns: [Column<PermissionForm>] = [
        Column("TENANT", \.tenant),
        Column("EFFECT", \.effect),
        Column("PATTERN", \.pattern).whole,
        Column("SINCE", \.createdAtMs).yields(.first),
    ]
}

struct RemovedPermissionsForm: Form {
    typealias Record = [PermissionRecord]

    let removed = Member("removed", listOf: PermissionForm.self, max: 2, \Record.self)
}

extension PermissionRecord {
    /// The rule's place in the list.
    fileprivate var order: String { "\(tenant.text) \(effect.rawValue) \(pattern.text)" }
}
