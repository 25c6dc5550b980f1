import HTTP
import REST
import Store

/// `/usage`: sums of the tenant's calls.
enum Usage {
    static let all: [any AnyOperation<Services>] = [sum]

    private struct SumArguments: Arguments {
        let by = Argument.query(
            "by",
            .wordList(of: dimensions, query: "by"),
            "one dimension or several with commas between, such as key,tool; target when left out"
        )
        let since = Argument.query(
            "since",
            .pastMoment("since"),
            "from this time on, in whole hours"
        )
        let until = Argument.query(
            "until",
            .pastMoment("until"),
            "up to and including this time, in the same form"
        )
        let sort = Argument.query(
            "sort",
            .words(of: UsageSort.self),
            "what the sums are ordered by, the greatest first; trend is how much longer calls take than in the time before"
        )
        let limit = Argument.query("limit", .count(1...10_000), "how many at most; 1000 when left out")
    }

    /// All dimensions except the tenant, because there is only one here.
    static let dimensions = UsageDimension.allCases.filter { $0 != .tenant }.map { $0.rawValue }

    private static let sum = PortalOperation(
        .get,
        "/usage",
        id: "usage",
        "Sums your calls by key, target, tool, outcome, UTC hour, day or month, or by several of these.",
        takes: SumArguments.self,
        answers: UsageForm.self
    ) { call throws(Problem) in
        let by = (call.by ?? []).compactMap { UsageDimension(rawValue: $0) }
        let (tenant, since, until, nowMs) = (call.caller.tenant, call.since, call.until, call.nowMs)
        let (sort, limit) = (call.sort, call.limit ?? 1_000)
        return try await call.read(missing: .noTarget) { reading throws(StoreError) in
            let query = UsageQuery(
                by: by.isEmpty ? [.target] : by,
                tenant: tenant,
                span: try UsageSpan(since: since, until: until, by: by, nowMs: nowMs),
                sort: sort,
                limit: limit
            )
            return UsageReport(query: query, sums: try reading.usage(query))
        }
    }
}
