import Crypto
package import JSON
import Database

/// The actor and the request of a write; set for each write on the writer's thread, the only one that touches it.
final class WriteContext {
    var actor = Actor.system
    var requestID: String?
    /// The audit log's end, once this write has read it: the write holds the write lock, so nobody else moves the
    /// end.
    var lastEvent: AuditHead?
}

extension WriteTransaction {
    /// The actor that this write is for.
    package var actor: Actor { context.actor }

    /// Appends one event to the audit log, in this transaction: the event is stored exactly if the change is.
    ///
    /// - Parameters:
    ///   - action: `<noun>.<verb>`, e.g. `subscription.approve`.
    ///   - object: `<noun>:<name or id>`, e.g. `subscription:17`.
    ///   - tenant: the name of the tenant that the event concerns, if any.
    ///   - before: the changed values before the change; `nil` for a new object. Neither `before` nor `after` may
    ///     hold a secret or a hash of one.
    ///   - after: the changed values after the change; `nil` for a removed object.
    package borrowing func audit(
        _ action: String,
        _ object: String,
        tenant: String? = nil,
        before: JSONValue? = nil,
        after: JSONValue? = nil
    ) throws(StoreError) {
        try audit(as: context.actor, action, object, tenant: tenant, before: before, after: after)
    }

    /// As `audit`, for something that somebody other than the writer did.
    borrowing func audit(
        as actor: Actor,
        _ action: String,
        _ object: String,
        tenant: String?,
        before: JSONValue?,
        after: JSONValue?
    ) throws(StoreError) {
        let last = try lastEvent()
        let event = AuditEvent(
            id: last.lastID + 1,
            atMs: clock(),
            actor: actor.text,
            action: action,
            object: object,
            tenant: tenant,
            before: before?.text,
            after: after?.text,
            requestID: context.requestID.map { storedRequestID($0) }
        )
        let hash = event.hash(after: last.hash)
        try run(
            """
            INSERT INTO audit (id, at_ms, actor, action, object, tenant, before, after, request_id, previous_hash,
                hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(event.id), .integer(event.atMs), .text(event.actor), .text(event.action),
                .text(event.object), Value(event.tenant), Value(event.before), Value(event.after),
                Value(event.requestID), .blob(last.hash), .blob(hash),
            ]
        )
        context.lastEvent = AuditHead(lastID: event.id, hash: hash)
    }

    /// The event that was written last, even if its row was removed since: so a removed end stays a gap for ever.
    private borrowing func lastEvent() throws(StoreError) -> AuditHead {
        if let known = context.lastEvent { return known }
        let head = try reading.auditHead()
        let present = try reading.rows("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1") {
            row throws(StoreError) in AuditHead(lastID: row.int64(at: 0), hash: row.blob(at: 1) ?? [])
        }.first
        // Without a head, or with one that somebody set back, the rows say where to go on.
        if let present, present.lastID > head?.lastID ?? 0 { return present }
        return head ?? AuditHead(lastID: 0, hash: AuditEvent.firstHash)
    }
}

/// The end of the audit log: a row of its own, which a trigger of the schema advances with each event.
struct AuditHead {
    /// 0 before the first event.
    let lastID: Int64
    /// That event's hash.
    let hash: [UInt8]
}

extension ReadTransaction {
    /// `nil` when somebody removed the row.
    borrowing func auditHead() throws(StoreError) -> AuditHead? {
        try rows("SELECT last_id, hash FROM audit_head") { row throws(StoreError) in
            AuditHead(lastID: row.int64(at: 0), hash: row.blob(at: 1) ?? [])
        }.first
    }
}

/// A client may choose the request's id, so control characters are removed (not every engine stores NUL) and it is
/// cut.
private func storedRequestID(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.lazy.filter({ $0.properties.generalCategory != .control }).prefix(200) {
        kept.append(scalar)
    }
    return String(kept)
}

/// The members of two objects that differ, as an audit event shows a change.
func difference(
    _ before: JSONValue,
    _ after: JSONValue
) -> (before: JSONValue, after: JSONValue) {
    var old = JSONObject()
    var new = JSONObject()
    for member in before.objectValue?.members ?? [] where after[member.key] != member.value {
        old[member.key] = member.value
    }
    for member in after.objectValue?.members ?? [] where before[member.key] != member.value {
        new[member.key] = member.value
    }
    return (.object(old), .object(new))
}
