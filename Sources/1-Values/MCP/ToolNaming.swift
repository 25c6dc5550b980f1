/// The names that one target's tools are exposed by: their own, or an alias.
///
/// An alias takes precedence over another tool of the target with that name, even while the tool behind the alias isn't
/// listed: the meaning of a name doesn't depend on what the target lists today.
package struct ToolNaming: Sendable, Equatable {
    package let target: String
    /// [a tool's own name] → its alias
    package let aliases: [String: String]
    /// The longest exposed name, in characters.
    package let lengthMax: Int
    /// [alias] → the own name of the tool behind it
    private let tools: [String: String]

    /// - Parameter aliases: no two may be equal.
    package init(target: String, aliases: [String: String] = [:], lengthMax: Int = ToolName.lengthMaxDefault)
    {
        self.target = target
        self.aliases = aliases
        self.lengthMax = lengthMax
        tools = Dictionary(aliases.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The name that agents call a tool by.
    /// - Parameter tool: the target's own name for it; if it has an alias, agents needn't be able to call that name.
    /// - Throws: why it can't be exposed.
    package func exposed(_ tool: String) throws(ToolNameFault) -> ToolName {
        if let alias = aliases[tool] {
            return try ToolName(target: target, tool: alias, lengthMax: lengthMax)
        }
        if let other = tools[tool] { throw .takenByAlias(target: target, tool: tool, of: other) }
        return try ToolName(target: target, tool: tool, lengthMax: lengthMax)
    }

    /// Why an entry can't be exposed under its catalog name or its alias; nil when it can. Resources keep their URIs.
    package func fault(_ kind: CatalogKind, _ catalogName: String) -> ToolNameFault? {
        switch kind {
        case .tool:
            // Another kind's word before it would make it one of that kind.
            guard CatalogKind(catalogName: catalogName) == .tool else { return .invalidTool(catalogName) }
            let naming = Result { () throws(ToolNameFault) in try exposed(catalogName) }
            if case .failure(let fault) = naming { return fault }
        case .prompt:
            if aliases[catalogName] == nil, let other = tools[catalogName] {
                return .takenByAlias(target: target, tool: catalogName, of: other)
            }
        case .resource, .template, .instructions: break
        }
        return nil
    }
}
