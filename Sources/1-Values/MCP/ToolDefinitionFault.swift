package import JSON
import Text

/// Why a tool of a target is not listed.
package enum ToolDefinitionFault: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLarge(count: Int, bytesMax: Int)
    case malformed(JSONError)
    case notAnObject
    case notStrict(StrictFault)
    case shape(ShapeFault)
    case hiddenCharacter(Unicode.Scalar, path: String)
    case headerParameters(HeaderParameterFault)

    /// The member that is wrong, e.g. `inputSchema.required`; empty for the whole definition. Its names come from
    /// outside.
    package var member: String {
        switch self {
        case .tooLarge, .malformed, .notAnObject: ""
        case .notStrict(let fault): fault.path
        case .shape(let fault): fault.member
        case .hiddenCharacter(_, let path): path
        case .headerParameters: "inputSchema"
        }
    }

    package var description: String {
        switch self {
        case .tooLarge(let count, let bytesMax): "the definition has \(count) bytes, more than \(bytesMax)"
        case .malformed(let error): "the definition is not sound: \(error.description)"
        case .notAnObject: "the definition is not an object"
        case .notStrict(let fault): "\(Self.place(fault.path)) \(Self.text(fault.reason))"
        case .shape(let fault): fault.member.isEmpty ? fault.description : "the member \(fault.description)"
        case .hiddenCharacter(let scalar, let path):
            "\(Self.place(path)) holds the invisible character \(HiddenCharacters.name(of: scalar)); "
                + "take it out of the function, or set allow_hidden = true on the target"
        case .headerParameters(let fault): fault.description
        }
    }

    private static func place(_ path: String) -> String { path.isEmpty ? "the definition" : path }

    private static func text(_ reason: StrictFault.Reason) -> String {
        switch reason {
        case .loneSurrogate: "holds half of a surrogate pair, which is not Unicode text"
        case .loneSurrogateInName: "has a member whose name holds half of a surrogate pair"
        case .numberTooLong(let digitsMax): "is a number of more than \(digitsMax) digits"
        case .numberTooLarge: "is a number beyond what double precision holds"
        case .tooDeep(let depthMax): "is nested deeper than \(depthMax) levels"
        }
    }
}

/// A note for the operator about the served form of a definition.
package struct ToolDefinitionNote: Sendable, Equatable {
    /// The path to the member, as in `LeftOutMember`.
    package let member: String
    /// What is wrong with the member, e.g. `must be a string`.
    package let reason: String
    /// Whether the member is left out of what is served.
    package let isLeftOut: Bool
}
