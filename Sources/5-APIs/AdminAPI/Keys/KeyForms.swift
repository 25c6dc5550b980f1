import Control
import JSON
import Policy
import REST
import Store

// How keys look as JSON; docs/cli-json.md has the words.

extension KeyRecord {
    func json(nowMs: Int64) -> JSONObject {
        JSONObject([
            ("id", .optional(id)),
            ("prefix", .string(prefix)),
            ("tenant", .string(tenant.text)),
            ("name", .optional(name)),
            ("state", .string(KeyState(self, nowMs: nowMs).rawValue)),
            ("allow", .texts(allow.map { $0.text })),
            ("deny", .texts(deny.map { $0.text })),
            ("createdAtMs", .optional(createdAtMs)),
            ("expiresAtMs", .optional(expiresAtMs)),
            ("revokedAtMs", .optional(revokedAtMs)),
            ("lastUsedAtMs", .optional(lastUsedAtMs)),
            ("rotatedTo", .optional(rotatedTo)),
        ])
    }
}

private let keyMembers: [Schema.Member] = [
    .required("id", .id),
    .required("prefix", .string(8...8, pattern: "^[0-9a-z]{8}$", "the 8 characters that name the key")),
    .required("tenant", .name),
    .required("name", .string().orNull),
    .required("state", .oneOf(["active", "expired", "revoked"])),
    .required("allow", .toolPatterns),
    .required("deny", .toolPatterns),
    .required("createdAtMs", .moment),
    .required("expiresAtMs", .moment.orNull),
    .required("revokedAtMs", .moment.orNull),
    .required("lastUsedAtMs", .moment.orNull),
    .required("rotatedTo", .string(8...8, "the prefix of the key that took its place").orNull),
]

let keySchema = Schema.object(keyMembers)

let issuedKeySchema = Schema.object(
    keyMembers + [.required("key", .string(1...128, "the secret, this once"))]
)

let rotatedKeySchema = Schema.object(
    keyMembers + [
        .required("key", .string(1...128, "the secret, this once; null on a dry run").orNull),
        .required("replaces", .reference("Key")),
    ]
)
