import Bytes
import JSON
import MCP
import Text

/// A plain function as a declared tool.
struct PlainTool {
    /// The tool in the form of declared tools, a JSON object.
    let definition: String
    let schema: SchemaOrigin

    /// The largest schema that is taken from the registry, in bytes.
    static let schemaBytesMax = 64 << 10

    /// - Parameters:
    ///   - schema: the schema from the registry; nil when the function names none.
    ///   - known: the definition as it was last declared.
    ///   - missing: why the function names no schema, as the end of a sentence.
    /// - Throws: why the function can't be a tool.
    init(
        name: String,
        function: FunctionEntry,
        schema: DiscoverySurvey.Schema?,
        known: String?,
        missing: String
    ) throws(ToolDefinitionFault) {
        func object(_ schema: JSONValue) -> JSONValue {
            let text =
                function.description.isEmpty
                ? "Runs the Lambda function \(function.name)." : function.description
            return [
                "name": .string(name), "description": .string(text), "inputSchema": schema,
                "function": .string(function.arn),
            ]
        }
        let open: JSONValue = ["type": "object"]
        guard let schema else {
            definition = try Self.checked(object(open))
            self.schema = .open(why: missing)
            return
        }
        var why: String
        switch schema.outcome {
        case .success(let text):
            guard text.utf8.count <= Self.schemaBytesMax else {
                why = "the schema has \(text.utf8.count) bytes; \(Self.schemaBytesMax) are allowed"
                break
            }
            guard let value = try? JSONValue(parsing: text), value["type"]?.stringValue == "object" else {
                why = "the schema isn't the JSON schema of an object"
                break
            }
            do throws(ToolDefinitionFault) {
                definition = try Self.checked(object(value))
                self.schema = .registry(arn: schema.arn)
                return
            } catch {
                why = "\(error.member) \(error)"
            }
        case .failure(let error):
            why = error.description
            // A registry that doesn't answer must not change a tool, because approvals are bound to definitions.
            if let old = known.flatMap({ try? JSONValue(parsing: $0) })?["inputSchema"] {
                definition = try Self.checked(object(old))
                self.schema = .kept(why: HiddenCharacters.shown(why))
                return
            }
        }
        definition = try Self.checked(object(open))
        self.schema = .open(why: HiddenCharacters.shown(why))
    }

    /// The definition with a schema that accepts any object; nil for a text that isn't a JSON object.
    static func opened(_ definition: String) -> String? {
        guard case .object(var object)? = try? JSONValue(parsing: definition) else { return nil }
        object["inputSchema"] = ["type": "object"]
        return JSONValue.object(object).text
    }

    private static func checked(_ object: JSONValue) throws(ToolDefinitionFault) -> String {
        let bytes = DefinitionCheck.withoutFunction(Array(object.text.utf8))
        _ = try MCP::ToolDefinition(bytes.span, in: 0..<bytes.count, allowsHidden: false)
        return object.text
    }
}
