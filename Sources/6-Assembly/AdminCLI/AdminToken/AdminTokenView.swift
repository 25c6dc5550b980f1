import JSON
import Store

// Shows admin tokens, never their text. These verbs work on this machine only: no API hands out tokens for itself.

extension AdminTokenRecord {
    /// See docs/cli-json.md.
    func json(nowMs: Int64) -> JSONObject {
        JSONObject([
            ("id", .optional(id)),
            ("name", .string(name)),
            ("role", .string(role.rawValue)),
            ("prefix", .string(prefix)),
            ("state", .string(stateText(nowMs: nowMs))),
            ("createdAtMs", .optional(createdAtMs)),
            ("expiresAtMs", .optional(expiresAtMs)),
            ("revokedAtMs", .optional(revokedAtMs)),
        ])
    }

    func stateText(nowMs: Int64) -> String {
        if revokedAtMs != nil { return "revoked" }
        return isActive(nowMs: nowMs) ? "active" : "expired"
    }
}
