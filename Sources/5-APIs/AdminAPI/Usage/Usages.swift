import HTTP
import JSON
package import REST
package import Store

/// `/usage`: sums of calls.
package enum Usages {
    static let all: [any AnyOperation<Services>] = [sums]

    package struct SumArguments: Arguments {
        package let by = Argument.query("by", .words(of: UsageGrouping.self), "tenant when left out")
        package let tenant = Argument.query("tenant", .tenant(.anyName), "only this tenant's")
        package let since = Argument.query("since", .day, "from this UTC day on, such as 2026-11-21")
        package let limit = Argument.query(
            "limit",
            .count(1...10_000),
            "how many at most; 1000 when left out"
        )

        package init() {}
    }

    package static let sums = AdminOperation(
        .get,
        "/usage",
        id: "usage",
        "Sums calls by tenant, target, tool or UTC day: days in order, all else by calls, the most first.",
        takes: SumArguments.self,
        answers: UsageForm.self,
        problems: [.notFound],
        verb: .own("usage")
    ) { call throws(Problem) in
        let grouping = call.by ?? .tenant
        let sums = try await call.read { reading throws(StoreError) in
            try reading.usage(
                by: grouping,
                tenant: call.tenant,
                sinceDay: call.since,
                limit: call.limit ?? 1_000
            )
        }
        return UsageForm.Record(grouping: grouping, since: call.since, sums: sums)
    }
}

package struct UsageForm: Form {
    package struct Record: Sendable {
        let grouping: UsageGrouping
        /// A UTC day.
        let since: String?
        let sums: [UsageSum]
    }

    let by = Member("by", .word(of: UsageGrouping.self), \Record.grouping.rawValue)
    let since = Member("since", .text(10...10), \Record.since)
    package let usage = Member("usage", listOf: UsageSumForm.self, \Record.sums)

    package init() {}
}

package struct UsageSumForm: Form {
    package typealias Record = UsageSum

    package let name = Member(
        "name",
        .text(0...1_024, "a tenant, a target, target___tool, or a day"),
        \Record.name
    )
    package let calls = Member("calls", .count, \Record.calls)
    package let errors = Member("errors", .count(0...JSONInteger.max, "of calls"), \Record.errors)
    package let limited = Member(
        "limited",
        .count(0...JSONInteger.max, "turned away by a limit; not among calls"),
        \Record.limited
    )
    package let durationMs = Member("durationMs", .count, \Record.durationMs)

    package init() {}
}
