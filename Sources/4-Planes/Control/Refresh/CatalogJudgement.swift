import Bytes
import MCP
package import Store

/// Checks the stored tools by the rules of this version.
package enum CatalogJudgement {
    /// Checks in one transaction each tool that was last checked by another version, or never; fast when there is none.
    ///
    /// Definitions stay as the target sent them, and approvals stay too. Call this before lists are served.
    /// - Parameter toolNameMax: the longest exposed name, in characters.
    package static func run(
        store: Store::Store,
        toolNameMax: Int
    ) async throws(StoreError) -> JudgementCounts {
        let rules = MCP::ToolDefinition.rulesVersion
        let isNeeded = try await store.read { reading throws(StoreError) in
            try reading.hasToolsJudged(byOtherRulesThan: rules)
        }
        guard isNeeded else { return JudgementCounts() }
        return try await store.write(as: .system) { writing throws(StoreError) in
            try writing.judgeTools(rules: rules) { judge($0, toolNameMax: toolNameMax) }
        }
    }

    private static func judge(_ tool: UnjudgedTool, toolNameMax: Int) -> ToolJudgement {
        let check = DefinitionCheck(
            naming: ToolNaming(
                target: tool.target.text,
                aliases: tool.alias.map { [tool.name: $0] } ?? [:],
                lengthMax: toolNameMax
            ),
            allowsHidden: tool.allowsHidden
        )
        let json = tool.function == nil ? tool.json : DefinitionCheck.withoutFunction(tool.json)
        return
            switch check.check(
                json,
                0..<json.count,
                kind: tool.kind,
                name: tool.name,
                function: tool.function
            )
        {
        case .fit(let definition): .served(definition.served, notes: definition.notes)
        case .refused(let refused): .refused(refused)
        }
    }
}
