import Bytes
import Contracts
import Model
package import Store

/// A target's list of tools, read page after page and divided into tools that are fit for the catalog and refused ones.
package struct ToolListing: Sendable {
    /// The tools that are fit to be stored, in the target's order.
    package private(set) var tools: [Model::ToolDefinition] = []
    package private(set) var refused: [RefusedTool] = []
    package private(set) var pageCount = 0
    /// The bytes of all definitions together.
    private(set) var byteCount = 0
    private var names: Set<String> = []
    private let check: DefinitionCheck

    init(check: DefinitionCheck) { self.check = check }

    /// The tools that have notes, in the target's order.
    package var noted: [NotedTool] {
        tools.flatMap { tool in tool.notes.map { NotedTool(name: tool.name, note: $0) } }
    }

    /// How many tools were listed so far, including refused ones.
    var count: Int { tools.count + refused.count }

    /// Adds all declared tools at once.
    mutating func add(_ declared: DeclaredTools) { add(declared.list, functions: declared.functions) }

    /// Adds one page.
    /// - Parameter functions: [a tool's own name] → its own function.
    mutating func add(_ page: ToolList, functions: [String: String] = [:]) {
        pageCount += 1
        for rejected in page.rejected {
            refused.append(
                RefusedTool(
                    showing: rejected.name ?? "#\(rejected.index + 1)",
                    rejected.member,
                    rejected.reason
                )
            )
        }
        for tool in page.tools {
            guard names.insert(tool.name).inserted else {
                refused.append(RefusedTool(showing: tool.name, "name", "has a name that an earlier tool has"))
                continue
            }
            let function = functions[tool.name]
            switch check.check(page.bytes, tool.definition, name: tool.name, function: function) {
            case .fit(let definition):
                byteCount += definition.json.count
                tools.append(definition)
            case .refused(let tool): refused.append(tool)
            }
        }
    }
}
