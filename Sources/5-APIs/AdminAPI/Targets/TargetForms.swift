import Contracts
import Control
import JSON
import Policy
import REST
import Store

// How targets look as JSON; docs/cli-json.md has the words.

extension TargetRecord {
    var json: JSONValue {
        [
            "name": .string(name.text),
            "function": .string(spec.function),
            "qualifier": .optional(spec.qualifier),
            "region": .optional(spec.region),
            "endpoint": .optional(spec.endpoint),
            "contract": .string(spec.contract.rawValue),
            "approval": .string(spec.approval.rawValue),
            "pinDefinitions": .bool(pinsDefinitions),
            "allowHidden": .bool(spec.allowsHidden),
            "enabled": .bool(isEnabled),
            "timeoutMs": .int(spec.timeoutMs),
            "description": .optional(spec.description),
            "declaredTools": .bool(spec.toolsJSON != nil),
            "source": .string(source.rawValue),
            "file": .optional(spec.filePath),
            "tools": .int(toolCount),
            "refusedTools": .int(health.tools.refusedCount),
            "changedTools": .int(health.tools.changedCount),
            "aliases": .array(aliases.map { $0.json }),
            "createdAtMs": .optional(createdAtMs),
            "updatedAtMs": .optional(updatedAtMs),
            "refreshedAtMs": .optional(health.refreshedAtMs),
            "lastDurationMs": .optional(health.lastDurationMs.map { Int64($0) }),
            "lastError": .optional(health.lastError),
            "lastErrorAtMs": .optional(health.lastErrorAtMs),
            "fileFaults": .texts(fileFaults),
            "revision": .optional(revision),
        ]
    }
}

let targetSchema = Schema.object([
    .required("name", .name),
    .required("function", .string()),
    .required("qualifier", .string().orNull),
    .required("region", .string().orNull),
    .required("endpoint", .string().orNull),
    .required("contract", .string()),
    .required("approval", .oneOf(["required", "auto", "open"])),
    .required("pinDefinitions", .boolean("whether approvals are bound to the definitions of their time")),
    .required("allowHidden", .boolean("whether its tools may hold characters that a reader can't see")),
    .required("enabled", .boolean()),
    .required("timeoutMs", .integer()),
    .required("description", .string().orNull),
    .required("declaredTools", .boolean()),
    .required("source", .oneOf(["cli", "file"])),
    .required("file", .string().orNull),
    .required("tools", .integer(0...JSONInteger.max, "how many it has in the catalog")),
    .required("refusedTools", .integer(0...JSONInteger.max, "how many it lists that are not served")),
    .required(
        "changedTools",
        .integer(0...JSONInteger.max, "how many are served otherwise than it sent them")
    ),
    .required("aliases", .array(toolAliasEntrySchema, "by the target's own names")),
    .required("createdAtMs", .moment),
    .required("updatedAtMs", .moment),
    .required("refreshedAtMs", .moment.orNull),
    .required("lastDurationMs", .integer().orNull),
    .required("lastError", .string().orNull),
    .required("lastErrorAtMs", .moment.orNull),
    .required(
        "fileFaults",
        .array(.string(), max: 10_000, "what is wrong with its file now; what it declared before is in force")
    ),
    .required("revision", .integer()),
])

extension ToolAlias {
    fileprivate var json: JSONValue {
        ["tool": .string(tool), "alias": .string(name), "source": .string(source.rawValue)]
    }
}

private let toolAliasEntrySchema = Schema.object([
    .required("tool", .string(1...256, "what the target calls it, whether it lists it or not")),
    .required("alias", .string(1...128)),
    .required("source", .oneOf(["cli", "file"])),
])

extension TargetFileFault {
    var json: JSONValue {
        [
            "target": target.isEmpty ? .null : .string(target),
            "faults": .texts(faults),
            "sinceMs": .optional(sinceMs),
        ]
    }
}

let targetFileFaultSchema = Schema.object([
    .required("target", .string(0...1_024, "as its folder is called; null for the folder of all").orNull),
    .required("faults", .array(.string(), max: 10_000, "each with file, line and key")),
    .required("sinceMs", .moment),
])

let removedSchema = Schema.object([.required("name", .string()), .required("removed", .boolean())])

extension CatalogRefresh.Report {
    var json: JSONValue {
        [
            "name": .string(name),
            "added": .int(counts.added),
            "updated": .int(counts.updated),
            "removed": .int(counts.removed),
            "unchanged": .int(counts.unchanged),
            "durationMs": .int(durationMs),
            "error": .optional(error),
            "refused": .array(refused.map { $0.json }),
            "notes": .array(noted.map { $0.json }),
        ]
    }
}

let refreshReportSchema = Schema.object([
    .required("name", .string()),
    .required("added", .integer()),
    .required("updated", .integer()),
    .required("removed", .integer()),
    .required("unchanged", .integer()),
    .required("durationMs", .integer()),
    .required("error", .string().orNull),
    .required("refused", .array(refusedToolSchema)),
    .required("notes", .array(notedToolSchema, "what is left out of tools, and what is odd about them")),
])

extension RefusedTool {
    var json: JSONValue {
        ["name": .string(name), "member": .string(member), "reason": .string(reason)]
    }
}

let refusedToolSchema = Schema.object([
    .required("name", .string()),
    .required("member", .string(0...400, "the member that is wrong; empty for the whole")),
    .required("reason", .string()),
])

extension ToolNote {
    var json: JSONValue {
        ["member": .string(member), "reason": .string(reason), "leftOut": .bool(isLeftOut)]
    }
}

extension NotedTool {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "member": .string(note.member), "reason": .string(note.reason),
            "leftOut": .bool(note.isLeftOut),
        ]
    }
}

let toolNoteSchema: [Schema.Member] = [
    .required("member", .string()),
    .required("reason", .string(0...1_000, "what is said of the member")),
    .required("leftOut", .boolean("whether the member is left out of what is served")),
]

private let notedToolSchema = Schema.object([.required("name", .string())] + toolNoteSchema)

extension TargetTrial {
    var json: JSONValue {
        [
            "name": .string(name),
            "ok": .bool(error == nil),
            "durationMs": .int(durationMs),
            "pages": .int(listing?.pageCount ?? 0),
            "tools": .texts((listing?.tools ?? []).map { $0.name }),
            "refused": .array((listing?.refused ?? []).map { $0.json }),
            "notes": .array((listing?.noted ?? []).map { $0.json }),
            "error": .optional(error),
        ]
    }
}

let targetTrialSchema = Schema.object([
    .required("name", .string()),
    .required("ok", .boolean()),
    .required("durationMs", .integer()),
    .required("pages", .integer()),
    .required("tools", .array(.string())),
    .required("refused", .array(refusedToolSchema)),
    .required("notes", .array(notedToolSchema)),
    .required("error", .string().orNull),
])
