import Calendar
package import Config
import Contracts
import Model
import Policy
package import Store
import Text

/// A new target as an operator describes it, not checked yet.
package struct TargetDraft: Sendable, Equatable {
    package var name: String
    /// Empty when each of the declared tools has its own function.
    package var function: String
    package var declaration: TargetDeclaration

    package init(name: String, function: String = "", declaration: TargetDeclaration = TargetDeclaration()) {
        self.name = name
        self.function = function
        self.declaration = declaration
    }

    /// Checks every value and fills in the defaults.
    /// - Throws: `.invalid`, which names the first wrong value and what would be right.
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

/// The values that may be declared of a target. `nil` leaves a value as it is; an empty text clears an optional one.
package struct TargetDeclaration: Sendable, Equatable {
    package var function: String?
    package var contract: String?
    package var region: String?
    package var qualifier: String?
    package var endpoint: String?
    package var approval: String?
    /// `true` or `false`; when cleared, pinning follows the approval.
    package var pinDefinitions: String?
    /// `true` or `false`.
    package var allowHidden: String?
    /// Words of families; none of them clears.
    package var serves: [String]?
    /// A duration such as `30s`.
    package var timeout: String?
    package var description: String?
    /// A JSON array of tool definitions: the catalog takes these, and the function is not asked for its tools.
    package var toolsJSON: String?
    /// Plain functions as tools, after those of `toolsJSON`: `NAME=FUNCTION`, or a function alone.
    package var toolFunctions: [String] = []
    package var roleARN: String?
    package var externalID: String?
    package var sessionName: String?
    /// [a version or alias] → its weight
    package var route: [String: Int]?
    package var logTail: String?
    package var callerIdentity: String?
    package var httpPath: String?
    package var httpHost: String?
    /// `true` or `false`.
    package var tenantIsolation: String?
    package var architecture: String?
    /// Megabytes, in digits.
    package var memoryMB: String?
    /// `true` or `false`.
    package var streaming: String?
    /// `NAME=DURATION`; an empty list clears.
    package var toolTimeouts: [String]?
    package var recordArguments: String?
    /// JSON pointers; an empty list clears.
    package var redact: [String]?

    package init() {}

    /// Whether nothing is declared.
    package var isEmpty: Bool { self == TargetDeclaration() }

    /// Applies this to `spec` and checks the result.
    /// - Throws: `.invalid`, which names the first wrong value; `spec` is half changed then.
    package func apply(to spec: inout TargetSpec) throws(ModelFault) {
        if let function { spec.function = function }
        if let contract {
            spec.contract = try checkedContract(contract)
            spec.unknownContract = nil
        }
        if let region { spec.region = region.isEmpty ? nil : try checkedRegion(region) }
        if let qualifier { spec.qualifier = qualifier.isEmpty ? nil : qualifier }
        if let endpoint { spec.endpoint = endpoint.isEmpty ? nil : try checkedEndpoint(endpoint) }
        if let approval { spec.approval = try checkedApproval(approval) }
        if let pinDefinitions {
            spec.pinDefinitions =
                pinDefinitions.isEmpty ? nil : try checkedFlag(pinDefinitions, "pin_definitions")
        }
        if let allowHidden { spec.allowsHidden = try checkedFlag(allowHidden, "allow_hidden") }
        if let serves { spec.serves = try checkedFamilies(serves) }
        if let timeout { spec.timeoutMs = try checkedTimeoutMs(timeout) }
        if let description {
            spec.description = description.isEmpty ? nil : try checkedDescription(description)
        }
        if let tools = try tools() {
            spec.toolsJSON = tools.isEmpty ? nil : try checkedTools(tools, allowsHidden: spec.allowsHidden)
        }
        try spec.checkServes()
        try applyInvoke(to: &spec)
        try checkFunctions(spec)
        try spec.checkInvoke()
        try applyRecording(to: &spec)
        try spec.checkRecording()
    }

    /// The declared tools as one JSON array; empty to clear them, nil when none are declared.
    private func tools() throws(ModelFault) -> String? {
        if toolFunctions.isEmpty { return toolsJSON }
        return try DeclaredTools.json(toolsJSON ?? "", adding: toolFunctions)
    }

    private func applyInvoke(to spec: inout TargetSpec) throws(ModelFault) {
        if let roleARN {
            spec.invoke.role =
                roleARN.isEmpty
                ? nil
                : AssumedRole(
                    arn: roleARN,
                    externalID: spec.invoke.role?.externalID,
                    sessionName: spec.invoke.role?.sessionName
                )
        }
        for (given, what) in [(externalID, "an external id"), (sessionName, "a session's name")] {
            guard let given, !given.isEmpty, spec.invoke.role == nil else { continue }
            throw ModelFault(
                .invalid,
                "target \(spec.name): \(what) needs a role",
                hint: "give the role's ARN too"
            )
        }
        if let externalID { spec.invoke.role?.externalID = externalID.isEmpty ? nil : externalID }
        if let sessionName { spec.invoke.role?.sessionName = sessionName.isEmpty ? nil : sessionName }
        if let route { spec.invoke.route = route.isEmpty ? nil : try checkedRoute(route, spec.name) }
        if let logTail { spec.invoke.logTail = try checkedLogTail(logTail) }
        if let callerIdentity { spec.invoke.callerIdentity = try checkedCallerIdentity(callerIdentity) }
        if let httpPath { spec.invoke.httpPath = httpPath.isEmpty ? nil : httpPath }
        if let tenantIsolation {
            spec.invoke.tenantIsolation = try checkedFlag(tenantIsolation, "tenant_isolation")
        }
        if let httpHost { spec.invoke.httpHost = httpHost.isEmpty ? nil : httpHost }
        if let architecture { spec.invoke.architecture = try checkedArchitecture(architecture) }
        if let memoryMB { spec.invoke.memoryMB = try checkedMemoryMB(memoryMB) }
        if let streaming { spec.invoke.streaming = try checkedFlag(streaming, "streaming") }
        if let toolTimeouts { spec.invoke.toolTimeoutsMs = try checkedToolTimeoutsMs(toolTimeouts) }
    }

    private func applyRecording(to spec: inout TargetSpec) throws(ModelFault) {
        if let recordArguments {
            spec.recording.arguments = try checkedRecordedArguments(recordArguments)
            // Without redaction, the list of what to redact is cleared too, as a role's session name is with the role.
            if spec.recording.arguments != .redacted { spec.recording.redact = [] }
        }
        if let redact { spec.recording.redact = redact }
    }

    private func checkedRoute(
        _ weights: [String: Int],
        _ target: TargetName
    ) throws(ModelFault) -> VersionRoute {
        guard let route = VersionRoute(weights: weights) else {
            let text = weights.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            throw ModelFault(
                .invalid,
                "target \(target): \(quoted(text.joined(separator: ","))) is not a route",
                hint: TargetSpec.routeHint
            )
        }
        return route
    }
}

extension WriteTransaction {
    /// Changes the declaration of a target that was added by command.
    /// - Throws: `.invalid`, `.notFound`; `.conflict` for a target that a file declares; `.stale` when `ifRevision` is
    ///   given and isn't the target's revision. Then nothing has changed.
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
