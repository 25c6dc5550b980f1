import Calendar
package import Config
import Contracts
import Model
package import Store

/// A target as an operator asks for it, in words not yet checked.
package struct TargetDraft: Sendable, Equatable {
    package var name: String
    package var function: String
    package var declaration: TargetDeclaration

    package init(name: String, function: String, declaration: TargetDeclaration = TargetDeclaration()) {
        self.name = name
        self.function = function
        self.declaration = declaration
    }

    /// Checks every word and fills in the defaults.
    /// - Throws: `.invalid`, which names the first word that is wrong and what would be right.
    package func spec(defaults: GatewayConfig.Defaults) throws(ModelFault) -> TargetSpec {
        guard declaration.contract != nil else {
            throw ModelFault(
                .invalid,
                "the target's contract is missing: \(Contract.missing)",
                hint: "one of these: \(Contract.choiceText)"
            )
        }
        var spec = TargetSpec(
            name: try TargetName(name),
            function: function,
            approval: defaults.approval,
            timeoutMs: Int(defaults.callTimeout.milliseconds)
        )
        try declaration.apply(to: &spec)
        return spec
    }
}

/// What may be said about a target. `nil` leaves a value as it is; an empty text clears one that may be missing.
package struct TargetDeclaration: Sendable, Equatable {
    package var function: String?
    package var contract: String?
    package var region: String?
    package var qualifier: String?
    package var endpoint: String?
    package var approval: String?
    /// `true` or `false`; cleared, it follows the approval.
    package var pinDefinitions: String?
    /// `true` or `false`.
    package var allowHidden: String?
    /// Such as `30s`.
    package var timeout: String?
    package var description: String?
    /// A JSON array of tool definitions: the catalog takes these, and the function is not asked.
    package var toolsJSON: String?

    package init() {}

    /// Whether nothing is said.
    package var isEmpty: Bool { self == TargetDeclaration() }

    /// Lays this over `spec` and checks the whole.
    /// - Throws: `.invalid`, which names the first word that is wrong; `spec` is half changed then.
    package func apply(to spec: inout TargetSpec) throws(ModelFault) {
        if let function { spec.function = function }
        if let contract { spec.contract = try checkedContract(contract) }
        if let region { spec.region = region.isEmpty ? nil : try checkedRegion(region) }
        if let qualifier { spec.qualifier = qualifier.isEmpty ? nil : qualifier }
        if let endpoint { spec.endpoint = endpoint.isEmpty ? nil : try checkedEndpoint(endpoint) }
        if let approval { spec.approval = try checkedApproval(approval) }
        if let pinDefinitions {
            spec.pinDefinitions =
                pinDefinitions.isEmpty ? nil : try checkedFlag(pinDefinitions, "pin_definitions")
        }
        if let allowHidden { spec.allowsHidden = try checkedFlag(allowHidden, "allow_hidden") }
        if let timeout { spec.timeoutMs = try checkedTimeoutMs(timeout) }
        if let description {
            spec.description = description.isEmpty ? nil : try checkedDescription(description)
        }
        if let toolsJSON {
            spec.toolsJSON =
                toolsJSON.isEmpty ? nil : try checkedTools(toolsJSON, allowsHidden: spec.allowsHidden)
        }
        try checkFunction(spec)
    }
}

extension WriteTransaction {
    /// Changes what is declared about a target that was added by command.
    /// - Throws: `.invalid`, `.notFound`; `.conflict` for a target that a file declares; `.stale` when `ifRevision` is
    ///   given and isn't the target's. Nothing has changed then.
    @discardableResult
    package borrowing func changeTarget(
        _ name: TargetName,
        _ declaration: TargetDeclaration,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> TargetRecord {
        var spec = try reading.target(name).spec
        try checked(declaration.apply(to: &spec))
        return try updateTarget(spec, ifRevision: ifRevision)
    }
}
