import JSON
import Policy
import REST
import Store

// How tools look as JSON; docs/cli-json.md has the words.

extension ToolRecord {
    /// The definition as a tree; `null` should it not be JSON.
    var parsed: JSONValue { (try? JSONValue(parsing: definition.json.span)) ?? .null }

    var json: JSONObject {
        let parsed = parsed
        return JSONObject([
            ("name", .string(exposedName)),
            ("target", .string(target.text)),
            ("tool", .string(name)),
            ("alias", .optional(alias)),
            ("title", .optional(parsed["title"]?.stringValue)),
            ("description", .optional(parsed["description"]?.stringValue)),
            ("state", .string(state.rawValue)),
            ("sha256", .string(definition.sha256.hex)),
            ("firstSeenAtMs", .optional(firstSeenAtMs)),
            ("updatedAtMs", .optional(updatedAtMs)),
        ])
    }
}

let toolMembers: [Schema.Member] = [
    .required("name", .string(1...512, "what agents call it")),
    .required("target", .name),
    .required("tool", .string(1...256, "what the target calls it")),
    .required("alias", .string(1...128, "what stands in its place in `name`").orNull),
    .required("title", .string().orNull),
    .required("description", .string().orNull),
    .required("state", .oneOf(["active", "quarantined"])),
    .required("sha256", .string(64...64, pattern: "^[0-9a-f]{64}$", "of the canonical definition")),
    .required("firstSeenAtMs", .moment),
    .required("updatedAtMs", .moment),
]

let toolSchema = Schema.object(toolMembers)

let toolWithDefinitionSchema = Schema.object(toolMembers + [.required("definition", .any)])
