package import Bytes
package import MCP
package import Policy

/// An entry as a target lists it: mostly a tool.
package struct ToolDefinition: Sendable, Equatable {
    package var kind: CatalogKind
    /// What the catalog calls it: of a tool, what the target does.
    package var name: String
    /// The name or ARN of its own function; `nil` when the target's function serves it.
    package var function: String?
    /// The raw JSON object, byte for byte, with `function` if the tool has its own. The caller has validated and
    /// bounded it.
    package var json: [UInt8]
    /// The hash of the canonical form of `json` and of the tool's own function: approvals are bound to it.
    package var sha256: Digest
    /// The definition that lists show in place of `json`; `nil` when `json` is served as it is.
    package var served: [UInt8]?
    /// Notes for the operator about the served form.
    package var notes: [ToolNote]
    /// The version of the rules that produced `served` and `notes`; 0 for none.
    package var rules: Int

    package init(
        kind: CatalogKind = .tool,
        name: String,
        function: String? = nil,
        json: [UInt8],
        sha256: Digest,
        served: [UInt8]? = nil,
        notes: [ToolNote] = [],
        rules: Int = 0
    ) {
        self.kind = kind
        self.name = name
        self.function = function
        self.json = json
        self.sha256 = sha256
        self.served = served
        self.notes = notes
        self.rules = rules
    }
}

/// A tool as it is stored.
package struct ToolRecord: Sendable, Equatable {
    package var target: TargetName
    package var definition: ToolDefinition
    /// The name that replaces its own in the exposed name, if it has one.
    package var alias: String?
    package var state: ToolEntry.State
    package var firstSeenAtMs: Int64
    package var updatedAtMs: Int64

    package init(
        target: TargetName,
        definition: ToolDefinition,
        alias: String? = nil,
        state: ToolEntry.State,
        firstSeenAtMs: Int64,
        updatedAtMs: Int64
    ) {
        self.target = target
        self.definition = definition
        self.alias = alias
        self.state = state
        self.firstSeenAtMs = firstSeenAtMs
        self.updatedAtMs = updatedAtMs
    }

    package var kind: CatalogKind { definition.kind }
    /// What the catalog calls it: of a tool, what the target does.
    package var name: String { definition.name }
    /// What patterns match; of a tool, what agents call it.
    package var exposedName: String { exposedName(alias: alias) }

    /// The name that agents would call it by under that alias.
    package func exposedName(alias: String?) -> String {
        ToolRecord.exposedName(target: target.text, tool: alias ?? definition.name)
    }

    /// `<target>___<tool>`; splits at the first `___`, as a target's name holds none.
    /// - Parameter tool: its alias, or its own name when it has none.
    package static func exposedName(target: String, tool: String) -> String { "\(target)___\(tool)" }
}
