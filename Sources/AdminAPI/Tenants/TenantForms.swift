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
            "state": .string(state.rawValue),
            "activeKeys": .int(activeKeyCount),
            "createdAtMs": .optional(createdAtMs),
            "updatedAtMs": .optional(updatedAtMs),
        ]
    }
}

let tenantSchema = Schema.object([
    .required("id", .id),
    .required("name", .name),
    .required("title", .string().orNull),
    .required("state", .oneOf(["active", "suspended"])),
    .required("activeKeys", .integer(0...JSONInteger.max, "keys that are neither revoked nor expired")),
    .required("createdAtMs", .moment),
    .required("updatedAtMs", .moment),
])
