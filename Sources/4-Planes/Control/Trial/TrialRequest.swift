import Bytes
package import Contracts
package import JSON
import Model
import Policy
import Store
import Text

/// An operator's request to test a target: by its own contract and tools, or with one event in particular.
package struct TrialRequest: Sendable {
    package var contract: Contract?
    package var tool: String?
    /// A JSON object.
    package var arguments: JSONValue?
    /// The function's qualifier, in place of the target's own or its route's.
    package var qualifier: String?

    package init(
        contract: Contract? = nil,
        tool: String? = nil,
        arguments: JSONValue? = nil,
        qualifier: String? = nil
    ) {
        self.contract = contract
        self.tool = tool
        self.arguments = arguments
        self.qualifier = qualifier
    }
}

/// An event to try.
package struct TrialEvent: Sendable {
    package var content: CallEvent
    /// Whether it calls a tool, which runs the function; else it asks for the tools.
    package var isCall: Bool
    /// The tool that it calls.
    package var tool: String?
}

/// What is done for a request to test a target.
enum TrialPlan {
    /// All pages of the tools, as a refresh asks for them.
    case wholeList
    /// One event that asks for the first page.
    case list(TrialEvent)
    /// One event that calls a tool.
    case call(TrialEvent)
    /// Lambda is asked, and the function doesn't run.
    case permissionOnly
}

extension TrialRequest {
    /// - Throws: `.invalid`, which says what is missing or doesn't fit.
    func plan(for spec: TargetSpec) throws(ModelFault) -> TrialPlan {
        // Listing its tools says what is wrong with a target whose contract only a newer version knows.
        if contract == nil, spec.unknownContract != nil { return .wholeList }
        let contract = contract ?? spec.contract
        switch contract.discovery {
        case .asked: return try plan(asking: contract, spec)
        case .declared: return try plan(running: contract, spec)
        }
    }

    private func plan(asking contract: Contract, _ spec: TargetSpec) throws(ModelFault) -> TrialPlan {
        if tool != nil {
            guard arguments != nil else {
                throw ModelFault(
                    .invalid,
                    "a call of a tool runs it, so it must be said with which arguments",
                    hint: "give --arguments, '{}' where there are none"
                )
            }
            return .call(try callEvent(contract, spec))
        }
        guard arguments == nil else {
            throw ModelFault(
                .invalid,
                "arguments are for a tool: the contract \(contract.rawValue) names it in the event",
                hint: "give --tool, or leave --arguments out to ask for the list"
            )
        }
        guard self.contract != nil else { return .wholeList }
        var event = CallEvent(payload: ByteBuffer())
        contract.appendListPayload(cursor: nil, id: 1, to: &event.payload)
        return .list(TrialEvent(content: event, isCall: false))
    }

    private func plan(running contract: Contract, _ spec: TargetSpec) throws(ModelFault) -> TrialPlan {
        if self.contract == nil, tool == nil, arguments == nil { return .permissionOnly }
        guard arguments != nil else {
            throw ModelFault(
                .invalid,
                "the contract \(contract.rawValue) has no event but a call, which runs the function",
                hint: "say with which arguments: --arguments, '{}' where there are none"
            )
        }
        return .call(try callEvent(contract, spec))
    }

    private func callEvent(_ contract: Contract, _ spec: TargetSpec) throws(ModelFault) -> TrialEvent {
        guard let arguments, arguments.objectValue != nil else {
            throw ModelFault(.invalid, "the arguments must be a JSON object", hint: "such as '{}'")
        }
        let names = spec.declaredToolNames
        if self.contract == nil, !names.isEmpty { try checkTool(names) }
        let tool = self.tool ?? (names.count == 1 ? names[0] : nil)
        guard let tool = tool ?? (contract == .function ? FunctionToolName.make(of: spec.function) : nil)
        else {
            throw ModelFault(
                .invalid,
                "the contract \(contract.rawValue) names the tool beside the event",
                hint: "give --tool"
            )
        }
        let request = Array(arguments.text.utf8)
        let call = CallContent(tool: tool, target: spec.name.text, arguments: 0..<request.count, id: 1)
        var event = CallEvent(payload: ByteBuffer(capacity: 128 + request.count))
        do throws(ContractError) {
            try contract.appendCall(call, of: request.span, to: &event)
        } catch {
            throw ModelFault(.invalid, error.description)
        }
        return TrialEvent(content: event, isCall: true, tool: tool)
    }

    /// Refuses a tool that isn't declared: it would run the target's own function.
    private func checkTool(_ names: [String]) throws(ModelFault) {
        if let tool, names.contains(tool) { return }
        if tool == nil, names.count == 1 { return }
        throw ModelFault(
            .invalid,
            tool.map { "the target declares no tool \(quoted($0))" } ?? "the target declares several tools",
            hint: "give --tool, one of \(names.prefix(20).joined(separator: ", "))"
        )
    }
}

extension TargetSpec {
    /// The names of the tools that are declared for it, in order; none when its function is asked.
    var declaredToolNames: [String] { declaredTools.compactMap { $0["name"]?.stringValue } }

    /// The function that serves that tool.
    func function(of tool: String?) -> String {
        let declared = declaredTools.first { $0["name"]?.stringValue == tool }
        return declared?["function"]?.stringValue ?? function
    }

    private var declaredTools: [JSONValue] {
        // It was checked when it was stored.
        guard let toolsJSON, let value = try? JSONValue(parsing: toolsJSON) else { return [] }
        return value.arrayValue ?? []
    }
}
