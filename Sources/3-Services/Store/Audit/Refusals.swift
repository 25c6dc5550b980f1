import JSON
import Database

/// Refused authentications with the same address, reason and key prefix, counted: attackers don't get a row each.
package struct RefusedAuthentication: Sendable, Equatable {
    /// The client's network address.
    package var address: String
    /// The reason in few words, such as `unknown key`; not what was presented.
    package var reason: String
    /// The prefix of the presented text, when that had the form of a key; see `KeyText.prefix(ofPresented:)`.
    package var keyPrefix: String?
    /// How many times, since the last row about it.
    package var count: Int

    package init(address: String, reason: String, keyPrefix: String? = nil, count: Int) {
        self.address = address
        self.reason = reason
        self.keyPrefix = keyPrefix
        self.count = count
    }
}

extension WriteTransaction {
    /// Appends one audit event for each, with the actor `anonymous:<address>`. The caller counts and bounds them; of
    /// more than 1,000 at once, the rest become one event.
    package borrowing func recordRefusals(_ refusals: [RefusedAuthentication]) throws(StoreError) {
        let eventsMax = 1_000
        for refusal in refusals.prefix(eventsMax) where refusal.count > 0 {
            let prefix = refusal.keyPrefix.flatMap { SecretText.isPrefix($0) ? $0 : nil }
            try audit(
                as: .anonymous(address: refusal.address),
                "authentication.refuse",
                prefix.map { "key:\($0)" } ?? "address:\(refusal.address)",
                tenant: try prefix.flatMap { prefix throws(StoreError) in try ownerName(ofKey: prefix) },
                before: nil,
                after: [
                    "reason": .string(String(refusal.reason.unicodeScalars.prefix(200))),
                    "count": .int(refusal.count),
                    "keyPrefix": .optional(prefix),
                ]
            )
        }
        let rest = refusals.dropFirst(eventsMax).reduce(0) { $0 + max($1.count, 0) }
        if rest > 0 {
            try audit(
                as: .anonymous(address: "many"),
                "authentication.refuse",
                "address:many",
                tenant: nil,
                before: nil,
                after: ["reason": "many addresses at once", "count": .int(rest), "keyPrefix": nil]
            )
        }
    }

    private borrowing func ownerName(ofKey prefix: String) throws(StoreError) -> String? {
        try reading.rows(
            """
            SELECT coalesce(tenant.removed_name, tenant.name)
            FROM tenant_key JOIN tenant ON tenant.id = tenant_key.tenant_id WHERE tenant_key.prefix = ?
            """,
            [.text(prefix)]
        ) { row throws(StoreError) in row.text(at: 0) ?? "" }.first
    }
}
