import HTTP
package import JSON
package import REST
package import Store

/// `/audit`: who changed what.
package enum Audits {
    static let all: [any AnyOperation<Services>] = [list, verify]

    package struct ListArguments: Arguments {
        package let actor = Argument.query("actor", .anyName, "only by this one, such as cli:ada")
        package let action = Argument.query(
            "action",
            .anyName,
            "only actions that begin with this, such as subscription."
        )
        package let object = Argument.query("object", .anyName, "only about this one, such as target:time")
        package let tenant = Argument.query("tenant", .tenant(.anyName), "only about this tenant")
        package let sinceMs = Argument.query("sinceMs", .moment, "only from this moment on")
        let page = PageArguments()

        package init() {}
    }

    package static let list = AdminOperation(
        .get,
        "/audit",
        id: "auditList",
        "Lists what was changed, and who was refused; newest first.",
        takes: ListArguments.self,
        answers: ListForm<AuditEventForm>.self,
        verb: .own("audit list")
    ) { call throws(Problem) in
        let page = try call.page(of: "audit")
        var filter = AuditFilter(
            actor: call.actor,
            actionPrefix: call.action,
            object: call.object,
            tenant: call.tenant?.text,
            sinceMs: call.sinceMs,
            beforeID: page.afterID,
            limit: page.limit
        )
        let events = try await call.read { [filter] reading throws(StoreError) in
            try reading.auditEvents(filter)
        }
        // Another read finds out whether more events follow.
        filter.beforeID = events.last?.id
        filter.limit = 1
        let isFull = events.count == page.limit
        let rest =
            isFull
            ? try await call.read { [filter] reading throws(StoreError) in try reading.auditEvents(filter) }
            : []
        return page.listing(events, next: rest.isEmpty ? nil : events.last.map { "\($0.id)" })
    }

    package static let verify = AdminOperation(
        .get,
        "/audit/verify",
        id: "auditVerify",
        "Checks that every event is there, unedited, and chained to the one before it.",
        takes: NoArguments.self,
        answers: AuditVerificationForm.self,
        verb: .own("audit verify")
    ) { call throws(Problem) in
        do throws(StoreError) { return try await call.services.store.verifyAudit() } catch {
            throw Problem(error)
        }
    }
}

/// The JSON form of an event; docs/cli-json.md describes it.
package struct AuditEventForm: ListedForm {
    package typealias Record = AuditEvent

    package static let component: String? = "AuditEvent"
    package static let plural = "events"

    package let id = Member("id", .id, \Record.id)
    package let atMs = Member("atMs", .moment, \Record.atMs)
    package let actor = Member(
        "actor",
        .text(0...256, "cli:<user>, admin:<token>, portal:<tenant>/<key>, system, anonymous:<address>"),
        \Record.actor
    )
    package let action = Member("action", .text(0...256, "<noun>.<verb>"), \Record.action)
    package let object = Member("object", .text(0...1_024, "<noun>:<name or id>"), \Record.object)
    let tenant = Member("tenant", .text(0...256, "the tenant it concerns"), \Record.tenant)
    package let before = Member("before", .any, { (event: Record) in parsed(event.before) })
    package let after = Member("after", .any, { (event: Record) in parsed(event.after) })
    let requestID = Member("requestId", .text(0...256), \Record.requestID)
    let hash = Member(
        "hash",
        .text(0...64, "over the event and the hash of the one before"),
        \Record.storedHash
    )

    package init() {}

    /// The text as JSON; a text that isn't JSON, which the gateway never writes, stays a text.
    private static func parsed(_ text: String?) -> JSONValue {
        guard let text else { return .null }
        return (try? JSONValue(parsing: text)) ?? .string(text)
    }
}

package struct AuditVerificationForm: Form {
    package typealias Record = AuditVerification

    package static let component: String? = "AuditVerification"

    package let ok = Member("ok", .truth, { (verification: Record) in verification.faults.isEmpty })
    package let events = Member("events", .count, \Record.count)
    let headID = Member(
        "headId",
        .integer(0...JSONInteger.max, "the last event's id; 0 for an empty log"),
        \Record.headID
    )
    package let headHash = Member(
        "headHash",
        .text(64...64, "of the last event; kept elsewhere, it shows a chain written anew"),
        \Record.headHash
    )
    package let faults = Member("faults", .list(.text, max: 100)) { (verification: Record) in
        verification.faults.map { $0.description }
    }

    package init() {}
}
