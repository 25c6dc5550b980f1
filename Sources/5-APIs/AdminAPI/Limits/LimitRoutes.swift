import Control
import HTTP
import JSON
import Policy
import REST
import Store

/// `/limits`: rates and quotas.
func limitRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        limitList(services),
        limitSet(services),
        limitShow(services),
        limitRemove(services),
    ]
}

private let idParameter = Parameter.path("id", .id, "the limit's id")

private func limitList(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/limits",
        id: "limitList",
        "Lists limits by their ids.",
        parameters: [.query("tenant", .string(1...1_024), "only this tenant's, with its keys'")]
            + Page.parameters,
        answer: Page.schema("limits", of: .reference("Limit")),
        problems: [.notFound]
    ) { call throws(Problem) in
        let page = try Page(call, list: "limits")
        let tenant = call.query("tenant")
        let limits = try await services.read { reading throws(StoreError) in
            var name: TenantName?
            if let tenant { name = try checked(TenantName(tenant)) }
            return try reading.limits(of: name)
        }
        return page.answer(
            "limits",
            limits,
            place: { "\($0.id)" },
            isAfter: { $0.id > Int64($1) ?? 0 },
            json: { $0.json }
        )
    }
}

private func limitSet(_ services: Services) -> Route<AdminCaller> {
    Route(
        .put,
        "/limits",
        id: "limitSet",
        "Makes a limit, or changes what is named of the one that is there: its counters stay. null takes away.",
        body: limitBody,
        answer: .reference("Limit"),
        problems: [.notFound, .preconditionFailed]
    ) { call throws(Problem) in
        let (scope, name) = (call.text("scope") ?? "", call.text("name") ?? "")
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.setLimit(
                    try checked(LimitDraft.object(scope: scope, name: name)),
                    try LimitChange(call),
                    ifRevision: revision
                )
            }
        )
    }
}

private func limitShow(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/limits/{id}",
        id: "limitShow",
        "Shows a limit.",
        parameters: [idParameter],
        answer: .reference("Limit"),
        problems: [.notFound]
    ) { call throws(Problem) in
        let id = call.id
        return reply(try await services.read { reading throws(StoreError) in try reading.limit(id) })
    }
}

private func limitRemove(_ services: Services) -> Route<AdminCaller> {
    Route(
        .delete,
        "/limits/{id}",
        id: "limitRemove",
        "Takes a limit away, with what was counted.",
        parameters: [idParameter, .dryRun],
        answer: .reference("Limit"),
        problems: [.notFound, .preconditionFailed]
    ) { call throws(Problem) in
        let id = call.id
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.removeLimit(id, ifRevision: revision)
            }
        )
    }
}

private func reply(_ limit: LimitRecord) -> APIReply {
    APIReply(limit.json, etag: EntityTag(limit.revision))
}

extension APICall {
    /// The path's `id`.
    var id: Int64 { parameters["id"]?.intValue.map { Int64($0) } ?? 0 }
}

private let limitBody = Schema.object(
    [
        .required("scope", limitScope),
        .required(
            "name",
            .string(1...512, "a tenant, a key's prefix, a target, tenant/target or tenant/target___tool")
        ),
    ] + limitFigures
)

/// What a limit may be made of; for a new key too.
let limitFigures: [Schema.Member] = [
    .optional("rate", .string(3...20, pattern: "^[1-9][0-9]{0,6}/(s|m|h|second|minute|hour)$").orNull),
    .optional("burst", .integer(1...1_000_000, "permits at once; the rate's when left out").orNull),
    .optional("dayQuota", quota("day").orNull),
    .optional("monthQuota", quota("month").orNull),
]

private func quota(_ period: String) -> Schema {
    .integer(0...1_000_000_000_000, "calls per \(period), UTC")
}

private let limitScope = Schema.oneOf(["tenant", "key", "target", "tenant-target", "tenant-tool"])

extension LimitChange {
    /// What a body says: `null` takes away, what isn't there stays.
    init(_ call: APICall<AdminCaller>) throws(StoreError) {
        func field(_ name: String) -> Field<Int> {
            call.integer(name).map { .set($0) } ?? (call.says(name) ? .clear : .keep)
        }
        self.init(burst: field("burst"), dayQuota: field("dayQuota"), monthQuota: field("monthQuota"))
        if let text = call.text("rate") {
            guard let parsed = RateText.parse(text) else {
                throw StoreError(
                    .invalid,
                    "the rate is none",
                    hint: "give a whole number and s, m or h, such as 50/s"
                )
            }
            rate = .set(parsed)
        } else if call.says("rate") {
            rate = .clear
        }
    }
}

extension LimitRecord {
    var json: JSONValue {
        [
            "id": .optional(id),
            "scope": .string(object.scope),
            "name": .string(object.name),
            "tenant": .optional(tenant?.text),
            "rate": .optional(rate.map { RateText.spell($0) }),
            "burst": .optional(rate.map { Int64($0.burst) }),
            "dayQuota": .optional(dayQuota.map { Int64($0) }),
            "monthQuota": .optional(monthQuota.map { Int64($0) }),
            "createdAtMs": .optional(createdAtMs),
            "updatedAtMs": .optional(updatedAtMs),
            "revision": .optional(revision),
        ]
    }
}

let limitSchema = Schema.object([
    .required("id", .id),
    .required("scope", limitScope),
    .required("name", .string(1...512)),
    .required("tenant", .string(1...50, "whose calls it counts; null for a target as a whole").orNull),
    .required("rate", .string(3...20, "permits per second, minute or hour, such as 50/s").orNull),
    .required("burst", .integer(1...1_000_000, "permits at once").orNull),
    .required("dayQuota", quota("day").orNull),
    .required("monthQuota", quota("month").orNull),
    .required("createdAtMs", .moment),
    .required("updatedAtMs", .moment),
    .required("revision", .integer()),
])
