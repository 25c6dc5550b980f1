import Control
import Policy
package import REST
import Store

/// A key at one time, from which follows whether it has expired.
package struct ShownKey: Sendable {
    let record: KeyRecord
    /// Milliseconds since 1970.
    let nowMs: Int64
}

/// The JSON form of a key; docs/cli-json.md describes it.
package struct KeyForm: ListedForm {
    package typealias Record = ShownKey

    package static let component: String? = "Key"
    package static let plural = "keys"
    package static let names = ["prefix"]

    let id = Member("id", .id, \Record.record.id)
    package let prefix = Member(
        "prefix",
        .text(8...8, pattern: "^[0-9a-z]{8}$", "the 8 characters that name the key"),
        \Record.record.prefix
    )
    package let tenant = Member("tenant", .name, \Record.record.tenant.text)
    let name = Member("name", .text, \Record.record.name)
    let state = Member("state", .oneOf(["active", "expired", "revoked"])) { (key: Record) in
        KeyState(key.record, nowMs: key.nowMs).rawValue
    }
    let allow = Member("allow", .patternTexts) { (key: Record) in key.record.allow.map { $0.text } }
    let deny = Member("deny", .patternTexts) { (key: Record) in key.record.deny.map { $0.text } }
    let createdAtMs = Member("createdAtMs", .moment, \Record.record.createdAtMs)
    package let expiresAtMs = Member("expiresAtMs", .moment, \Record.record.expiresAtMs)
    let revokedAtMs = Member("revokedAtMs", .moment, \Record.record.revokedAtMs)
    let lastUsedAtMs = Member("lastUsedAtMs", .moment, \Record.record.lastUsedAtMs)
    let rotatedTo = Member(
        "rotatedTo",
        .text(8...8, "the prefix of the key that took its place"),
        \Record.record.rotatedTo
    )

    package init() {}

    static let tones: [String: Tone] = ["active": .good, "expired": .quiet, "revoked": .quiet]

    static let columns: [Column<KeyForm>] = [
        Column("PREFIX", \.prefix),
        Column("TENANT", \.tenant).whole,
        .state("STATE", \.state, tones),
        Column("CREATED", \.createdAtMs).yields(.second),
        .age("LAST USED", \.lastUsedAtMs),
        Column("EXPIRES", \.expiresAtMs),
        Column("NAME", \.name).yields(.third),
        Column("ALLOW", \.allow).yields(.first),
        Column("DENY", \.deny).yields(.first),
    ]
}

/// A new key with its text.
package struct IssuedKeyForm: Form {
    package struct Record: Sendable {
        let key: ShownKey
        let text: String
    }

    package static let component: String? = "IssuedKey"

    package let about = Included(KeyForm.self, \Record.key)
    package let key = Member("key", .text(1...128, "the secret, shown this once"), \Record.text)

    package init() {}
}

/// A key that replaces another.
package struct RotatedKeyForm: Form {
    package struct Record: Sendable {
        let new: ShownKey
        /// nil on a dry run, because a key of a dry run doesn't work.
        let text: String?
        let old: ShownKey
    }

    package static let component: String? = "RotatedKey"

    package let about = Included(KeyForm.self, \Record.new)
    package let key = Member(
        "key",
        .text(1...128, "the secret, shown this once; null on a dry run"),
        \Record.text
    )
    package let replaces = Member("replaces", KeyForm.self, \Record.old)

    package init() {}
}
