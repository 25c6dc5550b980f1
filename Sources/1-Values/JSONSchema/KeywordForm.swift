/// The form that a keyword's value must have.
///
/// Source: the vocabularies' meta-schemas of drafts 7, 2019-09 and 2020-12; `nullable` is OpenAPI's and Ajv's.
enum KeywordForm {
    case schema
    case schemas
    case schemaMap
    /// `items`, which was an array in older drafts.
    case schemaOrSchemas
    /// `dependencies`: names, or a schema, for each name.
    case namesOrSchemaMap
    case namesMap
    /// Like `schemaMap`, but the names are patterns.
    case patternMap
    case pattern
    case names
    case types
    case choices
    case text
    case flag
    case number
    case positiveNumber
    case count
    /// Draft 4's `id`, which Ajv refuses.
    case unsupported

    /// `nil` for an annotation or an unknown keyword.
    init?(_ keyword: String) {
        guard let form = Self.all[keyword] else { return nil }
        self = form
    }

    private static let all: [String: KeywordForm] = {
        var all: [String: KeywordForm] = ["id": .unsupported]
        let words: [(KeywordForm, String)] = [
            (
                .schema,
                "additionalProperties additionalItems contains propertyNames not if then else unevaluatedItems "
                    + "unevaluatedProperties contentSchema"
            ),
            (.schemas, "allOf anyOf oneOf prefixItems"),
            (.schemaMap, "properties $defs definitions dependentSchemas"),
            (.schemaOrSchemas, "items"),
            (.namesOrSchemaMap, "dependencies"),
            (.namesMap, "dependentRequired"),
            (.patternMap, "patternProperties"),
            (.pattern, "pattern"),
            (.names, "required"),
            (.types, "type"),
            (.choices, "enum"),
            (.text, "$schema $id $ref $anchor $dynamicRef $dynamicAnchor $recursiveRef format"),
            (.flag, "uniqueItems nullable $recursiveAnchor"),
            (.number, "maximum minimum exclusiveMaximum exclusiveMinimum"),
            (.positiveNumber, "multipleOf"),
            (
                .count,
                "maxLength minLength maxItems minItems maxProperties minProperties maxContains minContains"
            ),
        ]
        for (form, names) in words {
            for name in names.split(separator: " ") { all[String(name)] = form }
        }
        return all
    }()

    static let typeWords: Set<String> = [
        "array", "boolean", "integer", "null", "number", "object", "string",
    ]
}
