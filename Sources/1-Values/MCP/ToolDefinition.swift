package import Bytes
package import JSON

/// One entry of a target's `tools/list` that may be listed, and the form in which it is served.
///
/// A list is shared: everything in it must satisfy each served revision's schema.json and the strictest parser, or
/// clients lose the whole list. So nulls are removed, an optional member that can't be valid is left out, and a tool
/// that couldn't be called correctly is refused. Hashes are of what the target sent, whatever is served of it.
package struct ToolDefinition: Sendable {
    /// The target's own name for the tool. `ToolNaming` decides whether it can be exposed by it.
    package let name: String
    package let title: String?
    package let description: String?
    /// The schema as it is served.
    package let inputSchema: JSONValue
    package let headerParameters: HeaderParameters
    /// What the target sent, with sorted members and no white space, for hashing.
    package let canonical: ByteBuffer
    /// The bytes that lists show in place of the target's; `nil` when nothing had to be changed.
    package let served: ByteBuffer?
    /// Notes for the operator; at most `notesMax`.
    package let notes: [ToolDefinitionNote]

    /// The most bytes of one definition by default.
    package static let bytesMax = 256 * 1024
    /// The deepest nesting of arrays and objects. .NET's parser accepts 64 levels, and an answer has four around a
    /// definition.
    package static let depthMax = 60
    package static let notesMax = 20
    /// Counts changes of the rules for what is served: a form stored under other rules is derived anew.
    package static let rulesVersion = 1

    /// Checks a definition, which is untrusted text. Cold path: builds a tree.
    ///
    /// `allowsHidden`: whether invisible characters are served, and noted, instead of refused.
    /// - Throws: the first fault that isn't inside an optional member.
    package init(
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        bytesMax: Int = ToolDefinition.bytesMax,
        allowsHidden: Bool = false
    ) throws(ToolDefinitionFault) {
        let value = try Self.value(bytes, in: range, bytesMax: bytesMax)
        let raw = value.objectValue ?? JSONObject()
        let name = try Self.name(of: raw)
        var repair = try DefinitionRepair(value)
        try repair.checkHidden(isAllowed: allowsHidden)
        let object = repair.value.objectValue ?? raw
        let schema = object["inputSchema"] ?? .null
        do throws(HeaderParameterFault) {
            headerParameters = try HeaderParameters.parse(schema)
        } catch {
            throw .headerParameters(error)
        }
        self.name = name
        title = object["title"]?.stringValue
        description = object["description"]?.stringValue
        inputSchema = schema
        canonical = value.canonical()
        served = repair.isChanged ? ByteBuffer(repair.value.text) : nil
        notes = Array(repair.notes.prefix(Self.notesMax))
    }

    /// A definition as a tree: an object within the bounds, as strict readers take it.
    static func value(
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        bytesMax: Int
    ) throws(ToolDefinitionFault) -> JSONValue {
        guard range.count <= bytesMax else { throw .tooLarge(count: range.count, bytesMax: bytesMax) }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, in: range)
        } catch {
            throw .malformed(JSONError(offset: error.offset - range.lowerBound, reason: error.reason))
        }
        guard value.objectValue != nil else { throw .notAnObject }
        do throws(StrictFault) {
            try JSON.checkStrictly(bytes, in: range, depthMax: depthMax)
        } catch {
            throw .notStrict(error)
        }
        return value
    }

    private static func name(of object: JSONObject) throws(ToolDefinitionFault) -> String {
        guard let value = object["name"], !value.isNull else {
            throw .shape(ShapeFault(member: "name", reason: "is missing; it must be a string"))
        }
        guard let name = value.stringValue else {
            throw .shape(ShapeFault(member: "name", reason: "must be a string"))
        }
        return name
    }
}
