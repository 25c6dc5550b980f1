import HTTP
package import REST
package import Store

/// `/usage`: sums of calls.
package enum Usages {
    // The longer command comes first, so that it is found first.
    static let all: [any AnyOperation<Services>] = [Unused.list, sums]

    /// The words for what calls are summed by.
    package static let dimensions = UsageDimension.allCases.map { $0.rawValue }

    /// The words for what the sums may be ordered by.
    package static let orders = UsageSort.allCases.map { $0.rawValue }

    package struct SumArguments: Arguments {
        package let by = Argument.query(
            "by",
            .wordList(of: dimensions, query: "by"),
            "one dimension or several with commas between, such as tenant,tool; tenant when left out"
        )
        package let since = Argument.query(
            "since",
            .pastMoment("since"),
            "from this time on, in whole hours"
        )
        package let until = Argument.query(
            "until",
            .pastMoment("until"),
            "up to and including this time, in the same form"
        )
        package let tenant = Argument.query("tenant", .tenant(.anyName), "only this tenant's")
        package let key = Argument.query(
            "key",
            .anyName,
            "only this key's, by its prefix; `\(UsageSum.tokenName)` for calls with access tokens"
        )
        package let target = Argument.query("target", .anyName, "only this target's")
        package let tool = Argument.query("tool", .anyName, "only this tool's, by its exposed name")
        package let sort = Argument.query(
            "sort",
            .words(of: UsageSort.self),
            "what the sums are ordered by, the greatest first; trend is how much longer calls take than in the time before"
        )
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
        "Sums calls by tenant, key, target, tool, outcome, UTC hour, day or month, or by several of these.",
        takes: SumArguments.self,
        answers: UsageForm.self,
        problems: [.notFound],
        verb: .own("usage")
    ) { call throws(Problem) in
        var query = UsageQuery(
            by: (call.by ?? []).compactMap { UsageDimension(rawValue: $0) }.orTenant,
            tenant: call.tenant,
            key: call.key,
            target: call.target,
            tool: call.tool,
            sort: call.sort,
            limit: call.limit ?? 1_000
        )
        do throws(StoreError) {
            query.span = try UsageSpan(since: call.since, until: call.until, by: query.by, nowMs: call.nowMs)
        } catch {
            throw Problem(error)
        }
        let asked = query
        let sums = try await call.read { reading throws(StoreError) in try reading.usage(asked) }
        // If there are no sums, a filter that names nothing is reported.
        if sums.rows.isEmpty { try await call.checkNames() }
        return UsageForm.Record(query: asked, sums: sums)
    }
}

extension [UsageDimension] {
    fileprivate var orTenant: [UsageDimension] { isEmpty ? [.tenant] : self }
}

extension AdminCall<Usages.SumArguments> {
    /// - Throws: `.notFound` for a target or a tool that doesn't exist.
    fileprivate func checkNames() async throws(Problem) {
        let (tool, target): (String?, String?) = (self.tool, self.target)
        if let tool { _ = try await listedTool(tool) }
        guard let name = target else { return }
        try await read { reading throws(StoreError) in _ = try reading.target(try checked(TargetName(name))) }
    }
}
