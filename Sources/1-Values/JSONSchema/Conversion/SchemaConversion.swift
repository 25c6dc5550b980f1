package import JSON
import Text

/// Converts a schema document of another kind into a tool's input schema.
///
/// The result is of draft 2020-12, without references to anything outside, has an object at its root, and can be
/// compiled by clients. Pure; linear in the document's size, which is bounded.
/// Source: JSON Schema draft 4 and its successors' release notes; OpenAPI Specification 3.0.3, "Schema Object"
package enum SchemaConversion {
    /// The most bytes of a document, and of the converted schema.
    package static let bytesMax = 192 * 1024
    /// The deepest nesting of arrays and objects; a tool's definition has some more around its schema.
    package static let depthMax = 52
    static let notesMax = 20

    /// Converts a document from EventBridge's schema registry.
    /// - Parameter type: the registry's word for its type: `JSONSchemaDraft4` or `OpenApi3`.
    /// - Throws: why it can't be converted; the tool should then get an open object.
    package static func inputSchema(
        _ content: String,
        type: String
    ) throws(SchemaConversionFault) -> ConvertedSchema {
        let document = try parse(content)
        var converter: SchemaConverter
        switch type {
        case "JSONSchemaDraft4":
            converter = SchemaConverter(document)
            try converter.convert(rootAt: "")
        case "OpenApi3":
            let root = try OpenAPIRoot(of: document)
            converter = SchemaConverter(document)
            if let note = root.note { converter.note(note) }
            try converter.convert(rootAt: root.pointer)
        default:
            throw SchemaConversionFault(
                "its type is \(quoted(type)); only JSONSchemaDraft4 and OpenApi3 can be read"
            )
        }
        return try check(converter.finish(), converter.notes)
    }

    private static func parse(_ content: String) throws(SchemaConversionFault) -> JSONValue {
        guard content.utf8.count <= bytesMax else {
            throw SchemaConversionFault("it has \(content.utf8.count) bytes, more than \(bytesMax)")
        }
        let bytes = content.utf8.span
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, depthMax: depthMax)
        } catch {
            throw SchemaConversionFault(error.description)
        }
        do throws(StrictFault) {
            try JSON.checkStrictly(bytes, in: 0..<bytes.count, depthMax: depthMax)
        } catch {
            throw SchemaConversionFault(
                "\(quoted(error.path)) holds a number or a text that some parsers refuse"
            )
        }
        guard value.objectValue != nil else { throw SchemaConversionFault("it is not a JSON object") }
        return value
    }

    private static func check(
        _ schema: JSONValue,
        _ notes: [String]
    ) throws(SchemaConversionFault) -> ConvertedSchema {
        let text = schema.text
        guard text.utf8.count <= bytesMax else {
            throw SchemaConversionFault("converted it has \(text.utf8.count) bytes, more than \(bytesMax)")
        }
        do throws(JSONError) {
            _ = try JSON.validate(text.utf8.span, depthMax: depthMax + 4)
        } catch {
            throw SchemaConversionFault("converted, \(error.description)")
        }
        do throws(SchemaFault) {
            _ = try Schema(reading: schema)
        } catch {
            throw SchemaConversionFault("clients couldn't read it: \(error.description)")
        }
        return ConvertedSchema(schema: schema, notes: notes)
    }
}

/// A schema that can be a tool's `inputSchema`.
package struct ConvertedSchema: Sendable, Equatable {
    /// An object whose `type` is `object`.
    package let schema: JSONValue
    /// Notes for the operator on what was left out or chosen. Names in it come from outside.
    package let notes: [String]
}

/// Why a document can't be converted; the text follows "the schema can't be used:". Names in it come from outside.
package struct SchemaConversionFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: String

    init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}
