import Bytes
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
            ("reason", .null),
            ("member", .null),
            ("notes", .array(definition.notes.map { $0.json })),
        ])
    }
}

extension RefusedToolRecord {
    var json: JSONObject {
        JSONObject([
            ("name", .string(exposedName)),
            ("target", .string(target.text)),
            ("tool", .string(tool.name)),
            ("alias", .null),
            ("title", .null),
            ("description", .null),
            ("state", .string(refusedState)),
            ("sha256", .null),
            ("firstSeenAtMs", .optional(firstSeenAtMs)),
            ("updatedAtMs", .optional(firstSeenAtMs)),
            ("reason", .string(tool.reason)),
            ("member", .string(tool.member)),
            ("notes", .array([])),
        ])
    }
}

/// The state of a tool that its target lists and that isn't served.
let refusedState = "refused"

let toolStates = [ToolEntry.State.active.rawValue, ToolEntry.State.quarantined.rawValue, refusedState]

let toolMembers: [Schema.Member] = [
    .required("name", .string(1...512, "what agents call it")),
    .required("target", .name),
    .required("tool", .string(0...512, "what the target calls it")),
    .required("alias", .string(1...128, "what stands in its place in `name`").orNull),
    .required("title", .string().orNull),
    .required("description", .string().orNull),
    .required("state", .oneOf(toolStates)),
    .required(
        "sha256",
        .string(64...64, pattern: "^[0-9a-f]{64}$", "of the canonical definition; null when it's refused")
            .orNull
    ),
    .required("firstSeenAtMs", .moment),
    .required("updatedAtMs", .moment),
    .required("reason", .string(0...1_024, "why it is refused").orNull),
    .required("member", .string(0...512, "the member that is refused; empty for the whole").orNull),
    .required(
        "notes",
        .array(.object(toolNoteSchema), "what is left out of what agents see, and what is odd about it")
    ),
]

let toolSchema = Schema.object(toolMembers)

let toolWithDefinitionSchema = Schema.object(toolMembers + [.required("definition", .any)])
