import MCP

/// Which of a snapshot's entries are of which kind.
struct KindSets: Sendable {
    private var sets: [CatalogKind: ToolSet] = [:]
    private let none: ToolSet

    /// nil when all are tools, as then nothing has to be told apart.
    init?(_ entries: [ToolEntry]) {
        guard entries.contains(where: { $0.kind != .tool }) else { return nil }
        none = ToolSet(count: entries.count)
        for (position, entry) in entries.enumerated() {
            sets[entry.kind, default: none].insert(position)
        }
    }

    subscript(kind: CatalogKind) -> ToolSet { sets[kind] ?? none }
}
