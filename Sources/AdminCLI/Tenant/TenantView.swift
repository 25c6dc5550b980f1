import JSON
import Policy
import Store

// How tenants are shown, and the verbs' common steps.

extension TenantRecord {
    /// See docs/cli-json.md.
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

    var detailText: String {
        details([
            ("name", name.text),
            ("title", title),
            ("state", state.rawValue),
            ("active keys", "\(activeKeyCount)"),
            ("created", timeText(createdAtMs)),
            ("updated", timeText(updatedAtMs)),
        ])
    }
}

extension Usage.Operand {
    static let tenant = Usage.Operand(name: "tenant", summary: "the tenant's name")
}
