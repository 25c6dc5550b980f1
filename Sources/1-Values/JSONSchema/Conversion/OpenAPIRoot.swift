import JSON
import Text

/// The schema of an OpenAPI document that describes the input: the registry's documents have no operations, only
/// components.
///
/// Source: EventBridge User Guide, "Schema templates": the event itself is `AWSEvent`
struct OpenAPIRoot {
    let pointer: String
    /// A note on the choice, when the document doesn't settle it.
    let note: String?

    /// - Throws: when it isn't an OpenAPI document, or has no schemas.
    init(of document: JSONValue) throws(SchemaConversionFault) {
        guard let version = document["openapi"]?.stringValue, version.hasPrefix("3.") else {
            throw SchemaConversionFault("it has no member openapi that says 3.x")
        }
        guard let schemas = document["components"]?["schemas"]?.objectValue, let first = schemas.members.first
        else { throw SchemaConversionFault("it has no schemas under components.schemas") }
        let events = schemas.members.filter { member in
            member.value.objectValue?.members.contains { $0.key.hasPrefix("x-amazon-events-") } ?? false
        }
        let (name, isGuess): (String, Bool)
        if schemas["AWSEvent"] != nil {
            (name, isGuess) = ("AWSEvent", false)
        } else if events.count == 1 {
            (name, isGuess) = (events[0].key, false)
        } else if schemas.count == 1 {
            (name, isGuess) = (first.key, false)
        } else {
            // The one schema that no other refers to.
            var used: Set<String> = []
            for member in schemas.members { Self.collectReferences(member.value, from: member.key, &used) }
            let tops = schemas.members.filter { !used.contains($0.key) }
            (name, isGuess) = (tops.count == 1 ? tops[0].key : first.key, tops.count != 1)
        }
        pointer = "/components/schemas/\(JSONPointer.escaped(name))"
        note =
            isGuess ? "the first of \(schemas.count) schemas, \(quoted(name)), was taken as the input's" : nil
    }

    /// Collects the names of components that others refer to. The depth is bounded by the parser.
    private static func collectReferences(_ value: JSONValue, from own: String, _ used: inout Set<String>) {
        switch value {
        case .object(let object):
            for member in object.members {
                if member.key == "$ref", let text = member.value.stringValue {
                    let tokens = JSONPointer.tokens(URIReference(text).fragment ?? "")
                    if tokens.count > 2, tokens[0] == "components", tokens[1] == "schemas", tokens[2] != own {
                        used.insert(tokens[2])
                    }
                }
                collectReferences(member.value, from: own, &used)
            }
        case .array(let elements): for element in elements { collectReferences(element, from: own, &used) }
        default: break
        }
    }
}
