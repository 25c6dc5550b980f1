import JSON
import Text

/// What a target asks for in place of a result: the checks on its `inputRequests`, and what a client must be able to do.
///
/// Source: MCP 2026-07-28, "Multi Round-Trip Requests", and the schema's `InputRequiredResult`
struct InputRequests {
    /// The most requests of one result.
    static let countMax = 64

    /// What a client must declare to be asked all this.
    private(set) var needed: InputCapabilities = []

    /// - Parameter result: the whole result.
    /// - Throws: what is wrong, in words that may be shown to the caller.
    init(of result: JSONValue) throws(ToolResultFault) {
        let state = Self.present(result["requestState"])
        if let state, state.stringValue == nil { throw .badInputRequest("requestState must be a string") }
        let requests = Self.present(result["inputRequests"])
        if let requests, requests.objectValue == nil {
            throw .badInputRequest("inputRequests must be an object")
        }
        let members = requests?.objectValue?.members ?? []
        if members.isEmpty, state == nil {
            throw .badInputRequest("it has neither inputRequests nor requestState")
        }
        guard members.count <= Self.countMax else {
            throw .badInputRequest(
                "inputRequests has \(members.count) members, and at most \(Self.countMax)"
                    + " can be passed on"
            )
        }
        for member in members {
            let name = HiddenCharacters.shown(
                String(String.UnicodeScalarView(member.key.unicodeScalars.prefix(64)))
            )
            needed.formUnion(try Self.need(of: member.value, "inputRequests.\(name)"))
        }
    }

    /// A member that is null counts as absent.
    private static func present(_ value: JSONValue?) -> JSONValue? {
        guard let value, !value.isNull else { return .none }
        return value
    }

    private static func need(
        of request: JSONValue,
        _ place: String
    ) throws(ToolResultFault) -> InputCapabilities {
        let params = present(request["params"])
        if let params, params.objectValue == nil {
            throw .badInputRequest("\(place).params must be an object")
        }
        func check(_ member: String, _ isSound: (JSONValue) -> Bool, _ wanted: String) throws(ToolResultFault)
        {
            guard let value = params?[member], isSound(value) else {
                throw .badInputRequest("\(place).params.\(member) must be \(wanted)")
            }
        }
        switch request["method"]?.stringValue {
        case "elicitation/create":
            try check("message", { $0.stringValue != nil }, "a string")
            switch params?["mode"] {
            case nil, .null, .string("form"):
                try check("requestedSchema", { $0.objectValue != nil }, "an object")
                return .form
            case .string("url"):
                try check("url", { $0.stringValue != nil }, "a string")
                return .url
            default: throw .badInputRequest("\(place).params.mode must be form or url")
            }
        case "sampling/createMessage":
            try check("messages", { $0.arrayValue != nil }, "a list")
            try check("maxTokens", { $0.doubleValue != nil }, "a number")
            return need(ofSampling: params)
        case "roots/list": return .roots
        default:
            throw .badInputRequest(
                "\(place).method must be elicitation/create, sampling/createMessage or roots/list"
            )
        }
    }

    private static func need(ofSampling params: JSONValue?) -> InputCapabilities {
        func has(_ member: String) -> Bool { present(params?[member]) != nil }
        var need: InputCapabilities = .sampling
        if has("tools") || has("toolChoice") { need.insert(.samplingTools) }
        if let context = params?["includeContext"]?.stringValue, context != "none" {
            need.insert(.samplingContext)
        }
        return need
    }
}
