import Bytes
import Contracts
package import MCP
import Model
package import Store

/// A target's list of tools, read page after page and divided into tools that are fit for the catalog and refused ones.
package struct ToolListing: Sendable {
    /// Fit to be stored, in the target's order; tools, then the other kinds.
    package private(set) var entries: [Model::ToolDefinition] = []
    package private(set) var pageCount = 0
    /// Why some kinds could not be read, although the target may have them: what the catalog has of those stays.
    package internal(set) var failures: [CatalogKind: ToolSourceError] = [:]
    /// Kinds that nobody says the function serves, and that it failed at or answered junk to.
    package internal(set) var fruitless: Set<CatalogKind> = []
    /// The bytes of all definitions together.
    private(set) var byteCount = 0
    private var names: Set<String> = []
    private var counts: [CatalogKind: Int] = [:]
    private var refusals: [(kind: CatalogKind, tool: RefusedTool)] = []
    private let check: DefinitionCheck

    init(check: DefinitionCheck) { self.check = check }

    /// What is listed and isn't fit, in the target's order.
    package var refused: [RefusedTool] { refusals.map { $0.tool } }

    /// The tools among the entries.
    package var tools: [Model::ToolDefinition] { entries.filter { $0.kind == .tool } }

    /// The kinds of which it says all that the target has.
    package var kinds: Set<CatalogKind> { Set(CatalogKind.allCases).subtracting(failures.keys) }

    /// The entries that have notes, in the target's order.
    package var noted: [NotedTool] {
        entries.flatMap { tool in tool.notes.map { NotedTool(name: tool.name, note: $0) } }
    }

    /// How many entries of a kind were listed so far, refused ones too.
    func count(of kind: CatalogKind) -> Int { counts[kind] ?? 0 }

    /// Adds all declared tools at once.
    mutating func add(_ declared: DeclaredTools) { add(declared.list, functions: declared.functions) }

    /// Adds one page.
    /// - Parameter functions: [a tool's own name] → its own function.
    mutating func add(_ page: ToolList, of kind: CatalogKind = .tool, functions: [String: String] = [:]) {
        pageCount += 1
        counts[kind, default: 0] += page.tools.count + page.rejected.count
        for rejected in page.rejected {
            refuse(
                kind,
                RefusedTool(
                    showing: kind.catalogName(rejected.name ?? "#\(rejected.index + 1)"),
                    rejected.member,
                    rejected.reason
                )
            )
        }
        for tool in page.tools {
            let name = kind.catalogName(tool.name)
            guard names.insert(name).inserted else {
                let member = "\(kind.nameMember)"
                let reason = "has a \(member) that an earlier \(kind.word) has"
                refuse(kind, RefusedTool(showing: name, member, reason))
                continue
            }
            let function = functions[tool.name]
            switch check.check(page.bytes, tool.definition, kind: kind, name: name, function: function) {
            case .fit(let definition):
                byteCount += definition.json.count
                entries.append(definition)
            case .refused(let tool): refuse(kind, tool)
            }
        }
    }

    /// What the function says of how to use what it serves.
    mutating func add(instructions json: [UInt8]) {
        let kind = CatalogKind.instructions
        switch check.check(json, 0..<json.count, kind: kind, name: kind.catalogName("")) {
        case .fit(let definition): entries.append(definition)
        case .refused(let text): refuse(kind, text)
        }
    }

    /// Forgets what was read of a kind that can't be read to its end.
    mutating func fail(_ kind: CatalogKind, _ error: ToolSourceError) {
        drop(kind)
        failures[kind] = error
    }

    private mutating func refuse(_ kind: CatalogKind, _ tool: RefusedTool) { refusals.append((kind, tool)) }

    /// Forgets what was read of a kind that the target turns out not to serve.
    mutating func drop(_ kind: CatalogKind) {
        entries.removeAll { $0.kind == kind }
        refusals.removeAll { $0.kind == kind }
    }
}
