import JSON
import MCP
import Policy
package import REST
import Store

/// `/resources`: what agents get with `resources/list` and `resources/templates/list`.
package enum Resources {
    static let all: [any AnyOperation<Services>] = [list]

    package static let list = AdminOperation.listing(
        "/resources",
        id: "resourceList",
        "Lists resources and resource templates by target and URI, then those of it that are refused.",
        takes: EntryListArguments.self,
        of: ResourceForm.self,
        problems: [.notFound],
        verb: Verb(
            "resource list",
            "Lists the resources and resource templates of the catalog, and those that are refused.",
            details: """
                A URI that two targets could mean is shown to agents as mcp-gateway://TARGET/URI. Permissions, approvals and
                limits know a resource by its name in the catalog, target___resource:URI or target___template:TEMPLATE, and
                so do `tool show`, `tool approve` and `tool quarantine`.
                """,
            example: "mcp-gateway resource list --target docs",
            shows: .table(
                ResourceForm.columns,
                ifEmpty: "no resources; targets that serve some are asked for them at each refresh"
            )
        ),
        place: { $0.order },
        isAfter: { $1.utf8.lexicographicallyPrecedes($0.order.utf8) }
    ) { reading, call throws(StoreError) in
        try reading.catalogEntries([.resource, .template], of: call.target)
    }
}

/// How a resource or a template looks; docs/cli-json.md has the words.
package struct ResourceForm: ListedForm {
    package typealias Record = CatalogEntry

    package static let component: String? = "Resource"
    package static let plural = "resources"
    package static let names = ["uri"]

    package let uri = Member("uri", .catalogName, \Record.agentName)
    package let catalogName = Member("catalogName", .catalogName, \Record.listed.exposedName)
    package let kind = Member("kind", .oneOf(["resource", "template"]), \Record.kind.rawValue)
    package let target = Member("target", .name, \Record.listed.target)
    let ownURI = Member("ownUri", .text(0...Coding<String>.catalogNameMax, "as the target has it")) {
        (entry: Record) in entry.kind.ownName(entry.shown.tool)
    }
    let name = Member("name", .text, { (entry: Record) in entry.definition["name"]?.stringValue })
    let title = Member("title", .text, { (entry: Record) in entry.definition["title"]?.stringValue })
    package let description = Member("description", .text) { (entry: Record) in
        entry.definition["description"]?.stringValue
    }
    let mimeType = Member("mimeType", .text, { (entry: Record) in entry.definition["mimeType"]?.stringValue })
    package let state = Member("state", .oneOf(ShownTool.states), \Record.shown.state)
    let sha256 = Member("sha256", .text(64...64, "null when it's refused"), \Record.shown.sha256)
    let firstSeenAtMs = Member("firstSeenAtMs", .moment, \Record.shown.firstSeenAtMs)
    let updatedAtMs = Member("updatedAtMs", .moment, \Record.shown.updatedAtMs)
    package let reason = Member("reason", .text(0...1_024, "why it is refused"), \Record.shown.reason)

    package init() {}

    static let columns: [Column<ResourceForm>] = [
        Column("URI", \.uri),
        Column("TARGET", \.target).yields(.second),
        Column("STATE") { .state(ShownTool.tones[$0.state] ?? .plain, $0.state) },
        Column("DESCRIPTION") { Cell.prose($0.reason ?? $0.description ?? "") }.yields(.first),
    ]
}
