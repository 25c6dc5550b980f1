import AdminAPI
import JSON
import REST

struct UsageCommand: Command {
    private static let byOption = Usage.Option(
        name: "--by",
        value: "WHAT",
        summary: "tenant, key, target, tool, day or month, or several: tenant,day; tenant when left out",
        isRepeatable: true,
        offer: .words(Usages.dimensions)
    )
    private static let sinceOption = Usage.Option(
        name: "--since",
        value: "30d|DAY",
        summary: "from this UTC day on: 2026-11-21, today, yesterday, or the day so long ago"
    )
    private static let untilOption = Usage.Option(
        name: "--until",
        value: "1d|DAY",
        summary: "up to this UTC day and with it, given alike"
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
        summary: "Sums calls by tenant, key, target, tool, day or month, or by several of these.",
        options: [
            byOption, sinceOption, untilOption, tenantOption, keyOption, targetOption, toolOption,
        ],
        details: """
            Days and months are UTC and in order. Of the rest the last is by calls, the most first; those before it are by name.
            A call that a limit turned away is LIMITED, and not among CALLS.
            """,
        example: """
            mcp-gateway usage --by tool --since 7d
            mcp-gateway usage --by tenant,tool --since yesterday --until yesterday
            mcp-gateway usage --by month --by key --tenant team-a
            """,
        list: "usage",
        names: ["name"]
    )

    /// In the order of the columns.
    let dimensions: [String]
    let since: PastMoment?
    let until: PastMoment?
    let tenant: String?
    let key: String?
    let target: String?
    let tool: String?

    init(_ words: ParsedWords) throws {
        let named = words.options(Self.byOption).flatMap {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        dimensions = named.isEmpty ? ["tenant"] : named.map { String($0) }
        guard dimensions.allSatisfy({ Usages.dimensions.contains($0) }) else {
            throw UsageError(
                "--by takes tenant, key, target, tool, day or month, or several of them with commas between"
            )
        }
        guard Set(dimensions).count == dimensions.count else { throw UsageError("--by names one twice") }
        since = try PastMoment(words, Self.sinceOption)
        until = try PastMoment(words, Self.untilOption)
        tenant = words.option(Self.tenantOption)
        key = words.option(Self.keyOption)
        target = words.option(Self.targetOption)
        tool = words.option(Self.toolOption)
    }

    func run(_ session: Session) throws -> Int32 {
        let now = session.nowMs()
        let answer = try session.ask(
            Usages.sums.request {
                $0.by = .string(dimensions.joined(separator: ","))
                $0.since = since.map { .string($0.day(nowMs: now)) }
                $0.until = until.map { .string($0.day(nowMs: now)) }
                $0.tenant = tenant.map { .string($0) }
                $0.key = key.map { .string($0) }
                $0.target = target.map { .string($0) }
                $0.tool = tool.map { .string($0) }
                $0.limit = 10_000
            }
        )
        if answer.more {
            session.err.write("note: these are the first 10000 sums; --since or a filter makes them fewer\n")
        }
        session.answer(answer.json, table(answer.usage, nowMs: now), ifEmpty: hint)
        return 0
    }

    private func table(_ sums: [Answer<UsageSumForm>], nowMs: Int64) -> Table {
        var table = Table(
            headings: dimensions.map { Heading($0.uppercased()).whole } + [
                "CALLS", "ERRORS", Heading("LIMITED").yields(.second), Heading("TIME").yields(.first),
                "PER CALL",
            ]
        )
        for sum in sums {
            let figures = sum.figures
            table.add(
                cells: dimensions.map { Cell(name(of: $0, in: sum)) } + [
                    .text("\(figures.calls)"), .text("\(figures.errors)"), .text("\(figures.limited)"),
                    .text(durationText(microseconds: figures.durationUs)),
                    Cell(figures.meanUs.map { durationText(microseconds: $0) }),
                ],
                nowMs: nowMs
            )
        }
        return table
    }

    /// A server of an earlier version has a name alone.
    private func name(of dimension: String, in sum: Answer<UsageSumForm>) -> String? {
        let named: String? =
            switch dimension {
            case "tenant": sum.tenant
            case "key": sum.key
            case "target": sum.target
            case "tool": sum.tool
            case "day": sum.day
            default: sum.month
            }
        return named ?? (dimensions.count == 1 ? sum.name : nil)
    }

    private var hint: String {
        let isNarrowed = since != nil || until != nil || [tenant, key, target, tool].contains { $0 != nil }
        return isNarrowed
            ? "no calls were recorded of that; `mcp-gateway usage --by day` shows when there were any"
            : "no calls were recorded; a running gateway writes them each second"
    }
}

/// A time for people, with three figures or so: `0.4 ms`, `87.3 ms`, `4.21 s`, `12 min`, `3.4 h`.
func durationText(microseconds: Int) -> String {
    let units: [(name: String, microseconds: Int, upTo: Int)] = [
        ("ms", 1_000, 1_000_000), ("s", 1_000_000, 600_000_000), ("min", 60_000_000, 36_000_000_000),
        ("h", 3_600_000_000, .max),
    ]
    for unit in units where microseconds < unit.upTo {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: unit.microseconds)
        // Rounded to tenths.
        let tenths = whole * 10 + (rest * 10 + unit.microseconds / 2) / unit.microseconds
        return tenths % 10 == 0 && tenths >= 1_000 || unit.name == "min"
            ? "\((tenths + 5) / 10) \(unit.name)" : "\(tenths / 10).\(tenths % 10) \(unit.name)"
    }
    return "\(microseconds)"
}
