package import MCP
package import Policy

/// The name that a tool is exposed by in place of the target's own.
package struct ToolAlias: Sendable, Equatable {
    /// The target's own name for the tool, whether the target lists it at present or not.
    package var tool: String
    /// The part after `___` in the exposed name; no two aliases of one target are equal.
    package var name: String
    /// Whether the target's own file declares it, or a command did.
    package var source: TargetEntry.Source

    package init(tool: String, name: String, source: TargetEntry.Source) {
        self.tool = tool
        self.name = name
        self.source = source
    }
}

extension ToolNaming {
    /// The naming with a target's aliases; `lengthMax` is the longest exposed name, in characters.
    package init(_ target: TargetName, _ aliases: [ToolAlias], lengthMax: Int) {
        self.init(target: target.text, aliases: aliases.byTool, lengthMax: lengthMax)
    }
}

extension [ToolAlias] {
    /// [a tool's own name] → its alias
    package var byTool: [String: String] {
        Dictionary(map { ($0.tool, $0.name) }, uniquingKeysWith: { first, _ in first })
    }
}
