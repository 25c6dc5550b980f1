import Crypto
package import JSON
import SQLite

/// Who writes and for which request; set for each write on the writer's thread, the only one that touches it.
final class WriteContext {
    var actor = Actor.system
    var requestID: String?
}

extension WriteTransaction {
    /// Who this write is for.
    package var actor: Actor { context.actor }

    /// Appends one event to the audit log, in this transaction: it's there when the change is, and not otherwise.
    ///
    /// - Parameters:
    ///   - action: `<noun>.<verb>`, e.g. `subscription.approve`.
    ///   - object: `<noun>:<name or id>`, e.g. `subscription:17`.
    ///   - tenant: the name of the tenant it concerns, if one.
    ///   - before: what changes, as it was; `nil` for a new thing. Neither may hold a secret or a hash of one.
    ///   - after: the same, as it is now; `nil` for a removed thing.
    package borrowing func audit(
        _ action: String,
        _ object: String,
        tenant: String? = nil,
        before: JSONValue? = nil,
        after: JSONValue? = nil
    ) throws(StoreError) {
        let last = try reading.rows("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1") {
            row throws(StoreError) in (row.int64(at: 0), row.blob(at: 1) ?? [])
        }
        let event = AuditEvent(
            id: (last.first?.0 ?? 0) + 1,
            atMs: clock(),
            actor: context.actor.text,
            action: action,
            object: object,
            tenant: tenant,
            before: before?.text,
            after: after?.text,
            requestID: context.requestID
        )
        let previous = last.first?.1 ?? AuditEvent.firstHash
        try run(
            """
            INSERT INTO audit (at_ms, actor, action, object, tenant, before, after, request_id, previous_hash, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(event.atMs), .text(event.actor), .text(event.action), .text(event.object),
                Value(event.tenant), Value(event.before), Value(event.after), Value(event.requestID),
                .blob(previous), .blob(event.hash(after: previous)),
            ]
        )
    }
}
