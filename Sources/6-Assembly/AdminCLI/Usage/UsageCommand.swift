import AdminAPI
import JSON
import REST

struct UsageCommand: Command {
    private static let byOption = Usage.Option(
        name: "--by",
        value: "WHAT",
        summary: "tenant, target, tool or day; tenant when left out"
    )
    private static let tenantOption = Usage.Option(
        name: "--tenant",
        value: "NAME",
        summary: "only this tenant's calls"
    )
    private static let sinceOption = Usage.Option(
        name: "--since",
        value: "30d|DAY",
        summary: "from this UTC day on, such as 2026-11-21, or so long ago"
    )

    static let usage = Usage(
        path: ["usage"],
        summary: "Sums calls by tenant, target, tool or day.",
        options: [
            byOption,
            tenantOption,
            sinceOption,
        ],
        details: "Days by their dates, all else by calls, the most first.",
        example: "mcp-gateway usage --by tool --since 7d",
        list: "usage",
        names: ["name"]
    )

    let grouping: String
    let tenant: String?
    let since: PastMoment?

    init(_ words: ParsedWords) throws {
        grouping = words.option(Self.byOption) ?? "tenant"
        guard ["tenant", "target", "tool", "day"].contains(grouping) else {
            throw UsageError("--by takes tenant, target, tool or day")
        }
        tenant = words.option(Self.tenantOption)
        since = try PastMoment(words, Self.sinceOption)
    }

    func run(_ session: Session) throws -> Int32 {
        let now = session.nowMs()
        let answer = try session.ask(
            Usages.sums.request {
                $0.by = .string(grouping)
                $0.tenant = tenant.map { .string($0) }
                $0.since = since.map { .string($0.day(nowMs: now)) }
                $0.limit = 10_000
            }
        )
        var table = Table(
            Heading(grouping.uppercased()),
            "CALLS",
            "ERRORS",
            Heading("LIMITED").yields(.second),
            Heading("TIME").yields(.first),
            "PER CALL"
        )
        for sum in answer.usage {
            let (calls, spentMs) = (sum.calls, sum.durationMs)
            table.add(
                sum.name,
                "\(calls)",
                "\(sum.errors)",
                "\(sum.limited)",
                "\(spentMs) ms",
                calls > 0 ? "\(spentMs / calls) ms" : nil
            )
        }
        session.answer(
            answer.json,
            table,
            ifEmpty: "no calls were recorded; a running gateway writes them each second"
        )
        return 0
    }
}
