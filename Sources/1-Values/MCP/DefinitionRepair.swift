import JSON
import JSONSchema
import Text

/// Derives the served form of a definition from what the target sent.
struct DefinitionRepair {
    private(set) var value: JSONValue
    private(set) var isChanged: Bool
    private(set) var notes: [ToolDefinitionNote]

    /// A tool's.
    /// - Throws: `.shape`, when the tool could not be called correctly.
    init(_ value: JSONValue) throws(ToolDefinitionFault) {
        try self.init(value, as: .tool)
        compileSchemas()
    }

    /// - Throws: `.shape`, when clients could do nothing with it.
    init(_ value: JSONValue, as shape: Shape) throws(ToolDefinitionFault) {
        do throws(ShapeFault) {
            let shaped = try shape.fit(value)
            self.value = shaped.value
            isChanged = shaped.isChanged
            notes = shaped.leftOut.map {
                ToolDefinitionNote(member: $0.member, reason: $0.reason, isLeftOut: true)
            }
        } catch {
            throw .shape(error)
        }
    }

    /// Checks the schemas. Clients compile each output schema while they list; they compile an input schema later, if
    /// at all.
    private mutating func compileSchemas() {
        guard var object = value.objectValue else { return }
        if let schema = object["outputSchema"], let fault = Self.fault(of: schema) {
            let place = fault.path.isEmpty ? "outputSchema" : "outputSchema.\(fault.path)"
            notes.append(
                ToolDefinitionNote(
                    member: "outputSchema",
                    reason: "clients can't compile: \(place) \(fault.reason)",
                    isLeftOut: true
                )
            )
            object["outputSchema"] = nil
            value = .object(object)
            isChanged = true
        }
        if let schema = object["inputSchema"], let fault = Self.fault(of: schema) {
            notes.append(
                ToolDefinitionNote(
                    member: fault.path.isEmpty ? "inputSchema" : "inputSchema.\(fault.path)",
                    reason: "\(fault.reason); arguments can't be checked against it",
                    isLeftOut: false
                )
            )
        }
    }

    private static func fault(of schema: JSONValue) -> SchemaFault? {
        do throws(SchemaFault) {
            _ = try Schema(reading: schema)
            return nil
        } catch {
            return error
        }
    }

    /// Looks for hidden characters in all that a model reads: every text at any place, and the names of members.
    /// - Throws: `.hiddenCharacter` for the first, unless they are allowed; then each is noted.
    mutating func checkHidden(isAllowed: Bool) throws(ToolDefinitionFault) {
        var found: [HiddenPlace] = []
        Self.findHidden(in: value, path: "", &found)
        guard isAllowed else {
            if let first = found.first { throw .hiddenCharacter(first.scalar, path: first.path) }
            return
        }
        notes += found.map {
            ToolDefinitionNote(
                member: $0.path,
                reason:
                    "holds the invisible character \(HiddenCharacters.name(of: $0.scalar)), as the target may",
                isLeftOut: false
            )
        }
    }

    private struct HiddenPlace {
        let scalar: Unicode.Scalar
        let path: String
    }

    private static func findHidden(in value: JSONValue, path: String, _ found: inout [HiddenPlace]) {
        guard found.count < ToolDefinition.notesMax else { return }
        switch value {
        case .object(let object):
            for member in object.members {
                if let scalar = HiddenCharacters.first(in: member.key) {
                    let place = path.isEmpty ? "a member's name" : "a name in \(path)"
                    found.append(HiddenPlace(scalar: scalar, path: place))
                }
                findHidden(
                    in: member.value,
                    path: path.isEmpty ? member.key : "\(path).\(member.key)",
                    &found
                )
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                findHidden(in: element, path: "\(path)[\(index)]", &found)
            }
        case .string(let text):
            if let scalar = HiddenCharacters.first(in: text) {
                found.append(HiddenPlace(scalar: scalar, path: path))
            }
        case .null, .bool, .number: break
        }
    }
}
