import HTTP
import REST
import Store

/// `/usage`: sums of the tenant's calls.
enum Usage {
    static let all: [any AnyOperation<Services>] = [sum]

    private struct SumArguments: Arguments {
        let by = Argument.query("by", .grouping, "target when left out")
        let since = Argument.query("since", .day, "from this UTC day on, such as 2026-11-21")
        let limit = Argument.query("limit", .count(1...10_000), "how many at most; 1000 when left out")
    }

    private static let sum = PortalOperation(
        .get,
        "/usage",
        id: "usage",
        "Sums your calls by target, tool or UTC day: days in order, all else by calls, the most first.",
        takes: SumArguments.self,
        answers: UsageForm.self
    ) { call throws(Problem) in
        let (tenant, grouping) = (call.caller.tenant, call.by ?? .target)
        let sums = try await call.read(missing: .noTarget) { reading throws(StoreError) in
            try reading.usage(by: grouping, tenant: tenant, sinceDay: call.since, limit: call.limit ?? 1_000)
        }
        return UsageReport(grouping: grouping, since: call.since, sums: sums)
    }
}
