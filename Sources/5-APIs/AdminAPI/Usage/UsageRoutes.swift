import Calendar
import HTTP
import JSON
import REST
import Store

/// `/usage`: sums of calls.
func usageRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        Route(
            .get,
            "/usage",
            id: "usage",
            "Sums calls by tenant, target, tool or UTC day: days in order, all else by calls, the most first.",
            parameters: [
                .query("by", .oneOf(UsageGrouping.allCases.map { $0.rawValue }), "tenant when left out"),
                .query("tenant", .string(1...1_024), "only this tenant's"),
                .query(
                    "since",
                    .string(10...10, pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
                    "from this UTC day on, such as 2026-11-21"
                ),
                .query("limit", .integer(1...10_000), "how many at most; 1000 when left out"),
            ],
            answer: usageSchema,
            problems: [.notFound]
        ) { call throws(Problem) in
            let grouping = call.query("by").flatMap { UsageGrouping(rawValue: $0) } ?? .tenant
            let (tenant, limit) = (call.query("tenant"), call.queryInteger("limit") ?? 1_000)
            let since = call.query("since")
            if let since, UTCDay(since) == nil {
                throw Problem(
                    .invalid,
                    "query since is no day",
                    hint: "give one such as 2026-11-21",
                    errors: [.init("query since", "is no day")]
                )
            }
            let sums = try await services.read { reading throws(StoreError) in
                var name: TenantName?
                if let tenant { name = try checked(TenantName(tenant)) }
                return try reading.usage(by: grouping, tenant: name, sinceDay: since, limit: limit)
            }
            return APIReply([
                "by": .string(grouping.rawValue), "since": .optional(since),
                "usage": .array(sums.map { $0.json }),
            ])
        }
    ]
}

extension UsageSum {
    fileprivate var json: JSONValue {
        [
            "name": .string(name),
            "calls": .int(calls),
            "errors": .int(errors),
            "limited": .int(limited),
            "durationMs": .int(durationMs),
        ]
    }
}

private let usageSchema = Schema.object([
    .required("by", .oneOf(UsageGrouping.allCases.map { $0.rawValue })),
    .required("since", .string(10...10).orNull),
    .required(
        "usage",
        .array(
            .object([
                .required("name", .string(0...1_024, "a tenant, a target, target___tool, or a day")),
                .required("calls", .integer()),
                .required("errors", .integer(0...JSONInteger.max, "of calls")),
                .required(
                    "limited",
                    .integer(0...JSONInteger.max, "turned away by a limit; not among calls")
                ),
                .required("durationMs", .integer()),
            ])
        )
    ),
])
