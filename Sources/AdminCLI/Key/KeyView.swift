import Control
import JSON
import Policy
import Store

// How keys are shown; never their text.

extension KeyRecord {
    /// See docs/cli-json.md.
    func json(nowMs: Int64) -> JSONObject {
        JSONObject([
            ("id", .optional(id)),
            ("prefix", .string(prefix)),
            ("tenant", .string(tenant.text)),
            ("name", .optional(name)),
            ("state", .string(KeyState(self, nowMs: nowMs).rawValue)),
            ("allow", .array(allow.map { .string($0.text) })),
            ("createdAtMs", .optional(createdAtMs)),
            ("expiresAtMs", .optional(expiresAtMs)),
            ("revokedAtMs", .optional(revokedAtMs)),
        ])
    }
}
