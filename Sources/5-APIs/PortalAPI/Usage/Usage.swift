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
        let since = Argument.query("since", .day("since"), "from this UTC day on, such as 2026-11-21")
        let until = Argument.query("until", .day("until"), "up to this UTC day and with it")
        let limit = Argument.query("limit", .count(1...10_000), "how many at most; 1000 when left out")
    }

    /// All but the tenant, as there is one here.
    static let dimensions = UsageDimension.allCases.filter { $0 != .tenant }.map { $0.rawValue }

    private static let sum = PortalOperation(
        .get,
        "/usage",
        id: "usage",
        "Sums your calls by key, target, tool, UTC day or month, or by several of these.",
        takes: SumArguments.self,
        answers: UsageForm.self
    ) { call throws(Problem) in
        let by = (call.by ?? []).compactMap { UsageDimension(rawValue: $0) }
        let query = UsageQuery(
            by: by.isEmpty ? [.target] : by,
            tenant: call.caller.tenant,
            sinceDay: call.since,
            untilDay: call.until,
            limit: call.limit ?? 1_000
        )
        try checkDays(since: call.since, until: call.until)
        let sums = try await call.read(missing: .noTarget) { reading throws(StoreError) in
            try reading.usage(query)
        }
        return UsageReport(query: query, sums: sums)
    }
}
