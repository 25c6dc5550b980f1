import JSON
import Policy
import REST
import Store

// How tenants look as JSON; docs/cli-json.md has the words.

extension TenantRecord {
    var json: JSONValue {
        [
            "id": .optional(id),
            "name": .string(name.text),
            "title": .optional(title),
            "contact": .optional(spec.contact),
            "labels": .object(JSONObject(labels)),
            "lambdaTenantId": .optional(spec.lambdaTenantID),
            "roleArn": .optional(spec.roleARN),
            "state": .string(state.rawValue),
            "activeKeys": .int(activeKeyCount),
            "createdAtMs": .optional(createdAtMs),
            "updatedAtMs": .optional(updatedAtMs),
            "removedAtMs": .optional(removedAtMs),
            "revision": .optional(revision),
        ]
    }

    private var labels: [(String, JSONValue)] {
        spec.labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }
    }
}

let tenantSchema = Schema.object([
    .required("id", .id),
    .required("name", .name),
    .required("title", .string().orNull),
    .required("contact", .string().orNull),
    .required("labels", .map(.string(0...200), max: 32)),
    .required("lambdaTenantId", .string().orNull),
    .required("roleArn", .string().orNull),
    .required("state", .oneOf(["active", "suspended"])),
    .required("activeKeys", .integer(0...JSONInteger.max, "keys that are neither revoked nor expired")),
    .required("createdAtMs", .moment),
    .required("updatedAtMs", .moment),
    .required("removedAtMs", .moment.orNull),
    .required("revision", .integer()),
])
