package import MCP

/// A number for each list of a view: an equal number is an equal list.
package struct ViewFingerprint: Sendable, Hashable {
    private var tools: UInt64 = 0
    private var prompts: UInt64 = 0
    private var resources: UInt64 = 0

    package init() {}

    mutating func add(_ entry: UInt64, of kind: CatalogKind) {
        switch kind {
        case .tool: tools &+= entry
        case .prompt: prompts &+= entry
        case .resource, .template: resources &+= entry
        case .instructions: break
        }
    }

    /// The lists that differ.
    package func changes(since other: ViewFingerprint) -> ListChanges {
        var changes: ListChanges = []
        if tools != other.tools { changes.insert(.tools) }
        if prompts != other.prompts { changes.insert(.prompts) }
        if resources != other.resources { changes.insert(.resources) }
        return changes
    }
}
