import Calendar
import HTTP
import JSON
import REST
import Store

/// `/usage`: sums of the tenant's calls.
func usageRoutes(_ services: Services) -> [Route<PortalCaller>] {
    [
        Route(
            .get,
            "/usage",
            id: "usage",
            "Sums your calls by target, tool or UTC day: days in order, all else by calls, the most first.",
            parameters: [
                .query("by", .oneOf(groupings), "target when left out"),
                .query(
                    "since",
                    .string(10...10, pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
                    "from this UTC day on, such as 2026-11-21"
                ),
                .query("limit", .integer(1...10_000), "how many at most; 1000 when left out"),
            ],
            answer: usageSchema
        ) { call throws(Problem) in
            let grouping = call.query("by").flatMap { UsageGrouping(rawValue: $0) } ?? .target
            let (tenant, limit) = (call.caller.tenant, call.queryInteger("limit") ?? 1_000)
            let since = call.query("since")
            if let since, UTCDay(since) == nil {
                throw Problem(
                    .invalid,
                    "query since is no day",
                    hint: "give one such as 2026-11-21",
                    errors: [.init("query since", "is no day")]
                )
            }
            let sums = try await services.read(call, missing: .noTarget) { reading throws(StoreError) in
                try reading.usage(by: grouping, tenant: tenant, sinceDay: since, limit: limit)
            }
            return APIReply([
                "by": .string(grouping.rawValue), "since": .optional(since),
                "usage": .array(sums.map { $0.json }),
            ])
        }
    ]
}

/// All but tenants: there is one here.
private let groupings = UsageGrouping.allCases.filter { $0 != .tenant }.map { $0.rawValue }

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
    .required("by", .oneOf(groupings)),
    .required("since", .string(10...10).orNull),
    .required(
        "usage",
        .array(
            .object([
                .required("name", .string(0...1_024, "a target, target___tool, or a day")),
                .required("calls", .integer()),
                .required("errors", .integer(0...JSONInteger.max, "of calls")),
                .required(
                    "limited",
                    .integer(0...JSONInteger.max, "turned away by a limit; not among calls")
                ),
                .required("durationMs", .integer()),
            ]),
            max: 10_000
        )
    ),
])
