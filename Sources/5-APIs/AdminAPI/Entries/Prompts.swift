import JSON
import MCP
import Policy
package import REST
import Store

/// `/prompts`: what agents get with `prompts/list`.
package enum Prompts {
    static let all: [any AnyOperation<Services>] = [list]

    package static let list = AdminOperation.listing(
        "/prompts",
        id: "promptList",
        "Lists prompts by target and name, then those of it that are refused.",
        takes: EntryListArguments.self,
        of: PromptForm.self,
        problems: [.notFound],
        verb: Verb(
            "prompt list",
            "Lists the prompts of the catalog, and those that targets list and that are refused.",
            details: """
                Permissions, approvals and limits know a prompt by its name in the catalog, target___prompt:NAME, and so do
                `tool show`, `tool approve`, `tool quarantine` and `tool alias`.
                """,
            example: "mcp-gateway prompt list --target docs",
            shows: .table(
                PromptForm.columns,
                ifEmpty: "no prompts; targets that serve some are asked for them at each refresh"
            )
        ),
        place: { $0.order },
        isAfter: { $1.utf8.lexicographicallyPrecedes($0.order.utf8) }
    ) { reading, call throws(StoreError) in
        try reading.catalogEntries([.prompt], of: call.target)
    }
}

/// How a prompt looks; docs/cli-json.md has the words.
package struct PromptForm: ListedForm {
    package typealias Record = CatalogEntry

    package static let component: String? = "Prompt"
    package static let plural = "prompts"
    package static let names = ["name"]

    package let name = Member("name", .catalogName, \Record.agentName)
    package let catalogName = Member("catalogName", .catalogName, \Record.listed.exposedName)
    let target = Member("target", .name, \Record.listed.target)
    let prompt = Member("prompt", .text(0...Coding<String>.catalogNameMax, "what the target calls it")) {
        (entry: Record) in entry.kind.ownName(entry.shown.tool)
    }
    let title = Member("title", .text, { (entry: Record) in entry.definition["title"]?.stringValue })
    package let description = Member("description", .text) { (entry: Record) in
        entry.definition["description"]?.stringValue
    }
    let arguments = Member("arguments", .list(.text, max: EntryDefinition.argumentsMax, "by their names")) {
        (entry: Record) in
        (entry.definition["arguments"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }
    package let state = Member("state", .oneOf(ShownTool.states), \Record.shown.state)
    let sha256 = Member("sha256", .text(64...64, "null when it's refused"), \Record.shown.sha256)
    let firstSeenAtMs = Member("firstSeenAtMs", .moment, \Record.shown.firstSeenAtMs)
    let updatedAtMs = Member("updatedAtMs", .moment, \Record.shown.updatedAtMs)
    package let reason = Member("reason", .text(0...1_024, "why it is refused"), \Record.shown.reason)

    package init() {}

    static let columns: [Column<PromptForm>] = [
        Column("NAME", \.name),
        Column("STATE") { .state(ShownTool.tones[$0.state] ?? .plain, $0.state) },
        Column("DESCRIPTION") { Cell.prose($0.reason ?? $0.description ?? "") }.yields(.first),
    ]
}
