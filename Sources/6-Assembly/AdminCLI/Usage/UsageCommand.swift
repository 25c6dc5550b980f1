import AdminAPI
import Calendar
import JSON
import REST

struct UsageCommand: Command {
    private static let byOption = Usage.Option(
        name: "--by",
        value: "WHAT",
        summary:
            "tenant, key, target, tool, outcome, hour, day or month, or several: tenant,day; tenant when left out",
        isRepeatable: true,
        offer: .words(Usages.dimensions)
    )
    private static let sinceOption = Usage.Option(
        name: "--since",
        value: "30d|DAY|TIME",
        summary:
            "from this UTC time on: 2026-11-21, 2026-11-21T14:00, tuesday, last-month, or a duration back from now"
    )
    private static let untilOption = Usage.Option(
        name: "--until",
        value: "1d|DAY|TIME",
        summary: "up to and including this UTC day, hour or month, in the same form"
    )
    private static let sortOption = Usage.Option(
        name: "--sort",
        value: "WHAT",
        summary: "the greatest first: calls, errors, cost, p95, or trend, that of p95",
        offer: .words(Usages.orders)
    )
    private static let tenantOption = filter("--tenant", "NAME", "only this tenant's calls", .tenants)
    private static let keyOption = filter(
        "--key",
        "PREFIX",
        "only calls with this key; tokens for those with access tokens",
        .activeKeys
    )
    private static let targetOption = filter("--target", "NAME", "only calls to this target", .targets)
    private static let toolOption = filter(
        "--tool",
        "NAME",
        "only calls to this tool, by its exposed name",
        .tools
    )

    private static func filter(
        _ name: String,
        _ value: String,
        _ summary: String,
        _ offer: Offer
    ) -> Usage.Option {
        Usage.Option(name: name, value: value, summary: summary, offer: offer)
    }

    static let usage = Usage(
        path: ["usage"],
        summary:
            "Sums calls by tenant, key, target, tool, outcome, hour, day or month, or by several of these.",
        options: [
            byOption, sinceOption, untilOption, sortOption, tenantOption, keyOption, targetOption, toolOption,
        ],
        details: """
            Hours, days and months are UTC and in order. Of the rest the last is by calls, the most first; those before it are by
            name.
            A call that a limit turned away is LIMITED, and not among CALLS. Durations are as callers saw them, to within 2 %.
            USD is what Lambda is paid; with ~ a part of it is an estimate. With --since, what follows in ± is how much more that is
            than in the time of the same length before; by hour, day or month, than in the one before.
            """,
        example: """
            mcp-gateway usage --by tool --since tuesday --sort trend
            mcp-gateway usage --by tenant --since last-month --until last-month
            mcp-gateway usage --by tenant,tool --since yesterday --until yesterday
            mcp-gateway usage --by month --by key --tenant team-a
            """,
        list: "usage",
        names: ["name"],
        csv: Fields<UsageSumForm>().schemaMembers.map { $0.name }
    )

    /// In the order of the columns.
    let dimensions: [String]
    let since: String?
    let until: String?
    let tenant: String?
    let key: String?
    let target: String?
    let tool: String?
    let sort: String?

    init(_ words: ParsedWords) throws {
        let named = words.options(Self.byOption).flatMap {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        dimensions = named.isEmpty ? ["tenant"] : named.map { String($0) }
        guard dimensions.allSatisfy({ Usages.dimensions.contains($0) }) else {
            throw UsageError(
                "--by takes tenant, key, target, tool, outcome, hour, day or month, or several of them with commas between"
            )
        }
        for (index, name) in named.enumerated() where named[..<index].contains(name) {
            throw UsageError("--by names \(name) twice; name it once")
        }
        // The server resolves the times, because it counts calls by its own clock.
        for option in [Self.sinceOption, Self.untilOption] { _ = try PastMoment(timeIn: words, option) }
        since = words.option(Self.sinceOption)
        until = words.option(Self.untilOption)
        tenant = words.option(Self.tenantOption)
        key = words.option(Self.keyOption)
        target = words.option(Self.targetOption)
        tool = words.option(Self.toolOption)
        sort = words.option(Self.sortOption)
        guard sort.map({ Usages.orders.contains($0) }) ?? true else {
            throw UsageError("--sort takes \(Usages.orders.joined(separator: ", "))")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let now = session.nowMs()
        let answer = try session.ask(
            Usages.sums.request {
                $0.by = .string(dimensions.joined(separator: ","))
                $0.since = since.map { .string($0) }
                $0.until = until.map { .string($0) }
                $0.tenant = tenant.map { .string($0) }
                $0.key = key.map { .string($0) }
                $0.target = target.map { .string($0) }
                $0.tool = tool.map { .string($0) }
                $0.sort = sort.map { .string($0) }
                $0.limit = 10_000
            }
        )
        if answer.more {
            session.err.write("note: these are the first 10000 sums; --since or a filter makes them fewer\n")
        }
        session.answer(answer.json, UsageTable.of(answer.usage, by: dimensions, nowMs: now), ifEmpty: hint)
        return 0
    }

    private var hint: String {
        let isNarrowed = since != nil || until != nil || [tenant, key, target, tool].contains { $0 != nil }
        return isNarrowed
            ? "no calls were recorded of that; `mcp-gateway usage --by day` shows when there were any"
            : "no calls were recorded; a running gateway writes them each second"
    }
}
