import HTTP
import JSON
import REST
import Store

/// `/audit`: who changed what.
func auditRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        Route(
            .get,
            "/audit",
            id: "auditList",
            "Lists what was changed, and who was refused; newest first.",
            parameters: [
                .query("actor", .string(1...1_024), "only by this one, such as cli:ada"),
                .query("action", .string(1...1_024), "only actions that begin so, such as subscription."),
                .query("object", .string(1...1_024), "only about this one, such as target:time"),
                .query("tenant", .string(1...1_024), "only about this tenant"),
                .query("sinceMs", .moment, "only from this moment on"),
            ] + Page.parameters,
            answer: Page.schema("events", of: .reference("AuditEvent"))
        ) { call throws(Problem) in
            let page = try Page(call, list: "audit")
            var filter = AuditFilter(
                actor: call.query("actor"),
                actionPrefix: call.query("action"),
                object: call.query("object"),
                tenant: call.query("tenant"),
                sinceMs: call.queryInteger("sinceMs").map { Int64($0) },
                beforeID: page.afterID,
                limit: page.limit
            )
            let events = try await services.read { [filter] reading throws(StoreError) in
                try reading.auditEvents(filter)
            }
            // Whether more follow is known by looking.
            filter.beforeID = events.last?.id
            filter.limit = 1
            let isFull = events.count == page.limit
            let rest =
                isFull
                ? try await services.read { [filter] reading throws(StoreError) in
                    try reading.auditEvents(filter)
                } : []
            return page.answer(
                "events",
                events.map { $0.json },
                next: rest.isEmpty ? nil : events.last.map { "\($0.id)" }
            )
        },
        Route(
            .get,
            "/audit/verify",
            id: "auditVerify",
            "Checks that every event is there, unedited, and chained to the one before it.",
            answer: .reference("AuditVerification")
        ) { _ throws(Problem) in
            do throws(StoreError) {
                return APIReply(try await services.store.verifyAudit().json)
            } catch {
                throw Problem(error)
            }
        },
    ]
}

extension AuditEvent {
    fileprivate var json: JSONValue {
        [
            "id": .optional(id),
            "atMs": .optional(atMs),
            "actor": .string(actor),
            "action": .string(action),
            "object": .string(object),
            "tenant": .optional(tenant),
            "before": parsed(before),
            "after": parsed(after),
            "requestId": .optional(requestID),
            "hash": .optional(storedHash),
        ]
    }

    /// As a tree; a text that isn't JSON, which the gateway never wrote, stays a text.
    private func parsed(_ text: String?) -> JSONValue {
        guard let text else { return .null }
        return (try? JSONValue(parsing: text)) ?? .string(text)
    }
}

let auditEventSchema = Schema.object([
    .required("id", .id),
    .required("atMs", .moment),
    .required(
        "actor",
        .string(0...256, "cli:<user>, admin:<token>, portal:<tenant>/<key>, system, anonymous:<address>")
    ),
    .required("action", .string(0...256, "<noun>.<verb>")),
    .required("object", .string(0...1_024, "<noun>:<name or id>")),
    .required("tenant", .string(0...256, "the tenant it concerns").orNull),
    .required("before", .any),
    .required("after", .any),
    .required("requestId", .string(0...256).orNull),
    .required("hash", .string(0...64, "over the event and the hash of the one before").orNull),
])

extension AuditVerification {
    fileprivate var json: JSONValue {
        [
            "ok": .bool(faults.isEmpty),
            "events": .int(count),
            "headId": .optional(headID),
            "headHash": .optional(headHash),
            "faults": .texts(faults.map { $0.description }),
        ]
    }
}

let auditVerificationSchema = Schema.object([
    .required("ok", .boolean()),
    .required("events", .integer()),
    .required("headId", .integer(0...JSONInteger.max, "the last event's id; 0 for an empty log")),
    .required(
        "headHash",
        .string(64...64, "of the last event; kept elsewhere, it shows a chain written anew").orNull
    ),
    .required("faults", .array(.string(), max: 100)),
])
