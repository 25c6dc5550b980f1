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
}
