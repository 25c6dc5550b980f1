/// What a target can list besides its tools, and tools themselves.
///
/// All kinds share one catalog. An entry's *catalog name* tells its kind: a tool has its own name, anything else a word
/// and a colon before it, as in `prompt:summary` or `resource:file:///a`. Permissions, approvals, limits and records
/// know an entry by that name, so that no rule for tools reaches a prompt that happens to have a tool's name.
package enum CatalogKind: String, Sendable, CaseIterable, Hashable {
    case tool, prompt, resource, template
    /// What the target's function says of how to use it all: one text, which no method lists.
    case instructions

    /// The kinds that are listed.
    package static let listed: [CatalogKind] = [.tool, .prompt, .resource, .template]

    /// What stands before an own name in a catalog name; empty for a tool.
    package var prefix: String {
        switch self {
        case .tool: ""
        case .prompt: "prompt:"
        case .resource: "resource:"
        case .template: "template:"
        case .instructions: "instructions:"
        }
    }

    /// The kind whose catalog name this is.
    package init(catalogName name: some StringProtocol) {
        self = Self.allCases.last { $0 != .tool && name.hasPrefix($0.prefix) } ?? .tool
    }

    /// What the catalog calls an entry of that own name.
    package func catalogName(_ ownName: String) -> String { prefix + ownName }

    /// What a target calls the entry of that catalog name.
    package func ownName(_ catalogName: String) -> String { String(catalogName.dropFirst(prefix.count)) }

    /// The method that lists entries of the kind.
    package var listMethod: StaticString {
        switch self {
        case .tool: "tools/list"
        case .prompt: "prompts/list"
        case .resource: "resources/list"
        case .template: "resources/templates/list"
        case .instructions: "server/discover"
        }
    }

    /// The method that asks for what an entry of the kind stands for.
    package var askMethod: StaticString {
        switch self {
        case .tool: "tools/call"
        case .prompt: "prompts/get"
        case .resource, .template: "resources/read"
        case .instructions: "server/discover"
        }
    }

    /// The member of a list's result that holds the entries.
    package var listMember: StaticString {
        switch self {
        case .tool: "tools"
        case .prompt: "prompts"
        case .resource: "resources"
        case .template: "resourceTemplates"
        case .instructions: "instructions"
        }
    }

    /// The member of an entry that names it.
    package var nameMember: StaticString {
        switch self {
        case .tool, .prompt: "name"
        case .resource: "uri"
        case .template: "uriTemplate"
        case .instructions: "instructions"
        }
    }

    /// For messages: `resource template`.
    package var word: String { self == .template ? "resource template" : rawValue }

    /// The most entries of the kind that one target may have.
    ///
    /// A read of a resource that no target lists looks at every template, so there are fewer of those.
    package var countMax: Int {
        switch self {
        case .tool, .resource: 10_000
        case .prompt: 1_000
        case .template: 200
        case .instructions: 1
        }
    }
}
