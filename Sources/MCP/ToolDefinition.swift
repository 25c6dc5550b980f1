package import Bytes
package import JSON
import Text

/// One entry of a target's `tools/list`, found fit to be listed. Its bytes stay the target's.
package struct ToolDefinition: Sendable {
    /// The target's own name for the tool. Whether it can be exposed by it is `ToolNaming`'s to say.
    package let name: String
    package let title: String?
    package let description: String?
    package let inputSchema: JSONValue
    package let headerParameters: HeaderParameters
    /// The whole definition with sorted members and no white space, to hash.
    package let canonical: ByteBuffer

    /// The most bytes of one definition unless told otherwise.
    package static let bytesMax = 256 * 1024

    /// Checks a definition, which is untrusted text.
    ///
    /// Nothing is repaired: what a client could stumble over, or a reviewer overlook, is refused and named.
    /// Cold path: builds a tree.
    /// - Throws: the first fault.
    package init(
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        bytesMax: Int = ToolDefinition.bytesMax
    ) throws(ToolDefinitionFault) {
        guard range.count <= bytesMax else { throw .tooLarge(count: range.count, bytesMax: bytesMax) }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, in: range)
        } catch {
            throw .malformed(JSONError(offset: error.offset - range.lowerBound, reason: error.reason))
        }
        guard let object = value.objectValue else { throw .notAnObject }
        guard let nameValue = object["name"] else { throw .missing(member: "name") }
        guard let name = nameValue.stringValue else { throw .wrongType(member: "name", wanted: "a string") }
        self.name = name
        title = try Self.text("title", of: object)
        description = try Self.text("description", of: object)
        guard let schema = object["inputSchema"] else { throw .missing(member: "inputSchema") }
        guard let schemaObject = schema.objectValue else {
            throw .wrongType(member: "inputSchema", wanted: "an object")
        }
        guard schemaObject["type"]?.stringValue == "object" else {
            throw .wrongType(member: "inputSchema.type", wanted: "\"object\"")
        }
        inputSchema = schema
        try Self.refuseHidden(in: value, path: "")
        do throws(HeaderParameterFault) {
            headerParameters = try HeaderParameters.parse(schema)
        } catch {
            throw .headerParameters(error)
        }
        canonical = value.canonical()
    }

    private static func text(_ member: String, of object: JSONObject) throws(ToolDefinitionFault) -> String? {
        guard let value = object[member], !value.isNull else { return nil }
        guard let text = value.stringValue else { throw .wrongType(member: member, wanted: "a string") }
        return text
    }

    /// A model reads all of it: every text wherever it stands, and the names of members.
    private static func refuseHidden(in value: JSONValue, path: String) throws(ToolDefinitionFault) {
        switch value {
        case .object(let object):
            for member in object.members {
                if let scalar = HiddenCharacters.first(in: member.key) {
                    throw .hiddenCharacter(
                        scalar,
                        path: path.isEmpty ? "a member's name" : "a name in \(path)"
                    )
                }
                let place = path.isEmpty ? member.key : "\(path).\(member.key)"
                try refuseHidden(in: member.value, path: place)
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                try refuseHidden(in: element, path: "\(path)[\(index)]")
            }
        case .string(let text):
            if let scalar = HiddenCharacters.first(in: text) { throw .hiddenCharacter(scalar, path: path) }
        case .null, .bool, .number: break
        }
    }
}

/// Why a tool of a target is not listed.
package enum ToolDefinitionFault: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLarge(count: Int, bytesMax: Int)
    case malformed(JSONError)
    case notAnObject
    case missing(member: String)
    case wrongType(member: String, wanted: String)
    case hiddenCharacter(Unicode.Scalar, path: String)
    case headerParameters(HeaderParameterFault)

    package var description: String {
        switch self {
        case .tooLarge(let count, let bytesMax): "the definition has \(count) bytes, more than \(bytesMax)"
        case .malformed(let error): "the definition is not sound: \(error.description)"
        case .notAnObject: "the definition is not an object"
        case .missing(let member): "the member \(member) is missing"
        case .wrongType(let member, let wanted): "the member \(member) must be \(wanted)"
        case .hiddenCharacter(let scalar, let path):
            "\(path) holds the invisible character \(HiddenCharacters.name(of: scalar))"
        case .headerParameters(let fault): fault.description
        }
    }
}
