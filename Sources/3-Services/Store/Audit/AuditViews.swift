import JSON
import Model
import Policy

// How the audit log shows what is administered.

extension KeyRecord {
    var audited: JSONValue {
        [
            "id": .number(String(id)), "prefix": .string(prefix), "tenant": .string(tenant.text),
            "name": .optional(name), "allow": .array(allow.map { .string($0.text) }),
            "deny": .array(deny.map { .string($0.text) }), "expiresAtMs": .optional(expiresAtMs),
            "revokedAtMs": .optional(revokedAtMs), "rotatedTo": .optional(rotatedTo),
        ]
    }
}

extension TenantRecord {
    var audited: JSONValue {
        [
            "name": .string(name.text), "title": .optional(spec.title), "contact": .optional(spec.contact),
            "labels": labelsJSON(spec.labels), "lambdaTenantId": .optional(spec.lambdaTenantID),
            "roleArn": .optional(spec.roleARN), "externalId": .optional(spec.externalID),
            "sessionPolicy": .optional(spec.sessionPolicy?.rawValue), "state": .string(state.rawValue),
        ]
    }
}

/// The labels as an object, in order of their names.
func labelsJSON(_ labels: [String: String]) -> JSONValue {
    let members = labels.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
    return .object(JSONObject(members))
}

extension PermissionRecord {
    var audited: JSONValue {
        [
            "id": .number(String(id)), "tenant": .string(tenant.text), "effect": .string(effect.rawValue),
            "pattern": .string(pattern.text),
        ]
    }
}
