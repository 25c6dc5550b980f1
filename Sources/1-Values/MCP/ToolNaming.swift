/// How one target's tools are exposed: each by its own name, or by its alias.
///
/// An alias takes its name away from whatever else the target calls so, also while the tool behind it isn't listed:
/// which tool a name means doesn't depend on what the target lists today.
package struct ToolNaming: Sendable, Equatable {
    package let target: String
    /// [a tool's own name] → its alias
    package let aliases: [String: String]
    /// The longest exposed name, in characters.
    package let lengthMax: Int
    /// [alias] → the own name of the tool behind it
    private let tools: [String: String]

    /// - Parameter aliases: no two with one alias.
    package init(target: String, aliases: [String: String] = [:], lengthMax: Int = ToolName.lengthMaxDefault)
    {
        self.target = target
        self.aliases = aliases
        self.lengthMax = lengthMax
        tools = Dictionary(aliases.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What agents call a tool.
    /// - Parameter tool: the target's own name for it; with an alias it may be one that no agent could call.
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
