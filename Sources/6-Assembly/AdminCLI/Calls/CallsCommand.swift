import AdminAPI
import Calendar
import Control
import JSON
import REST

struct CallsCommand: Command {
    private static let sinceOption = Usage.Option(
        name: "--since",
        value: "1h|DAY|TIME",
        summary:
            "started at or after this time: a duration back from now, or a UTC day or time such as 2026-11-21T14:02"
    )
    private static let untilOption = Usage.Option(
        name: "--until",
        value: "1h|DAY|TIME",
        summary: "up to and including this UTC day, minute or second, in the same form"
    )
    private static let tenantOption = option(
        "--tenant",
        "NAME",
        "only this tenant's, also a removed one's",
        .tenants
    )
    private static let keyOption = option(
        "--key",
        "PREFIX",
        "only with this key; tokens for calls with access tokens",
        .activeKeys
    )
    private static let targetOption = option(
        "--target",
        "NAME",
        "only to this target, by its name then",
        .targets
    )
    private static let toolOption = option(
        "--tool",
        "NAME",
        "only to this tool, by its exposed name then",
        .tools
    )
    private static let statusOption = Usage.Option(
        name: "--status",
        value: "WHAT",
        summary: "only with this outcome, or several: timed_out,throttled; error for all but ok",
        isRepeatable: true,
        offer: .words(CallSearch.statuses)
    )
    private static let slowestOption = option("--slowest", "N", "the N that took longest, the longest first")
    private static let limitOption = option("--limit", "N", "how many at most; 100 when left out, 0 for all")
    private static let followOption = Usage.Option(
        name: "--follow",
        value: nil,
        summary: "also -f; go on with calls as they are stored, until Ctrl-C"
    )
    private static let idOption = option(
        "--id",
        "ID",
        "one call in full, by its id, by Lambda's of its request, or by its trace's"
    )

    private static let filters = [
        sinceOption, untilOption, tenantOption, keyOption, targetOption, toolOption, statusOption,
    ]

    private static func option(
        _ name: String,
        _ value: String,
        _ summary: String,
        _ offer: Offer = .nothing
    ) -> Usage.Option {
        Usage.Option(name: name, value: value, summary: summary, offer: offer)
    }

    static let usage = Usage(
        path: ["calls"],
        summary: "Lists recorded calls, refused ones too: who called what, and what came of it.",
        options: [
            sinceOption, untilOption, tenantOption, keyOption, targetOption, toolOption, statusOption,
            slowestOption,
            limitOption, followOption, idOption,
        ],
        details: """
            The newest first. All times are UTC. A call is there two seconds or so after its end, and as long as [records] keeps it;
            names are those of then, so what was removed since is found by its old name. TOOK is what the caller waited. ID is for
            --id and `calls receipt`; Lambda's id, which is in the function's own logs, does there too. With -f, the last 10 come
            first, or of those since --since the last 1,000; --limit says how many. -o json prints what -o jsonl does then.
            """,
        example: """
            mcp-gateway calls --tool crm___delete_customer --since 14:02 --until 14:02
            mcp-gateway calls --tenant team-a --since 1h --status error
            mcp-gateway calls --since yesterday --slowest 20
            mcp-gateway calls --id 0193a7b2-5c1e-7d30-9f5a-2b8e4c6d1f00
            mcp-gateway calls --follow --target crm
            """,
        list: "calls",
        names: CallForm.names,
        csv: Fields<CallForm>().schemaMembers.map { $0.name }
    )

    let filter: OperationRequest<Calls.ListArguments, CallsForm>
    let slowest: Int?
    /// nil when the option isn't given.
    let countMax: Int?
    let hasStart: Bool
    /// Whether no filter is given, so that only the number of calls is limited.
    let isOfAll: Bool
    let isFollowing: Bool
    let id: String?

    init(_ words: ParsedWords) throws {
        let since = try PastMoment(timeIn: words, Self.sinceOption)
        _ = try PastMoment(timeIn: words, Self.untilOption)
        let statuses = words.options(Self.statusOption).flatMap {
            $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        }
        guard statuses.allSatisfy({ CallSearch.statuses.contains($0) }) else {
            throw UsageError(
                "--status takes \(CallSearch.statuses.joined(separator: ", ")), or several of them with commas between"
            )
        }
        let tenant = try words.tenantName(Self.tenantOption)
        filter = Calls.list.request {
            $0.since = words.option(Self.sinceOption).map { .string($0) }
            $0.until = words.option(Self.untilOption).map { .string($0) }
            $0.tenant = tenant.map { .string($0) }
            $0.key = words.option(Self.keyOption).map { .string($0) }
            $0.target = words.option(Self.targetOption).map { .string($0) }
            $0.tool = words.option(Self.toolOption).map { .string($0) }
            $0.status = statuses.isEmpty ? nil : .string(statuses.joined(separator: ","))
        }
        hasStart = since != nil
        isOfAll = Self.filters.allSatisfy { !words.flag($0) }
        slowest = try words.number(Self.slowestOption, 1...1_000)
        countMax = try words.number(Self.limitOption, 0...10_000_000).map { $0 == 0 ? .max : $0 }
        isFollowing = words.flag(Self.followOption)
        id = words.option(Self.idOption)
        try Self.check(words)
    }

    /// - Throws: for options that contradict each other.
    private static func check(_ words: ParsedWords) throws(UsageError) {
        let others = usage.options.filter { $0.name != idOption.name && words.flag($0) }
        if words.flag(idOption), let other = others.first {
            throw UsageError("--id is of one call; leave \(other.name) out")
        }
        if words.flag(slowestOption) {
            for option in [limitOption, followOption] where words.flag(option) {
                throw UsageError("--slowest and \(option.name) exclude each other")
            }
        }
        if words.flag(followOption), words.flag(untilOption) {
            throw UsageError("--follow goes on until Ctrl-C; leave --until out")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        if let id { return try show(id, session) }
        if isFollowing {
            let past = countMax ?? (hasStart ? 1_000 : 10)
            return try CallFollower(session: session, filter: filter, pastMax: past).run()
        }
        return try list(session)
    }

    private func list(_ session: Session) throws -> Int32 {
        let (filter, slowest, countMax) = (filter, slowest, countMax ?? slowest ?? 100)
        let isStreaming = [.jsonl, .csv].contains(session.form)
        let calls = try session.withAdmin(readsRecords: true) { admin in
            var (all, isFirst) = ([Answer<CallForm>](), true)
            var pages = CallPages(filter, slowest: slowest, countMax: countMax)
            while let page = try await pages.next(admin) {
                for fault in page.faults { session.err.write("note: \(safe(fault))\n") }
                if isStreaming {
                    // Written only once there is an answer, so that a command that fails prints nothing.
                    if isFirst { session.writeHead() }
                    isFirst = false
                    session.out.write(page.calls.map { session.line(of: $0) }.joined())
                    if session.out.isBroken { break }
                } else {
                    all += page.calls
                }
            }
            return all
        }
        if isStreaming { return 0 }
        session.answer(
            ["calls": .array(calls.map { $0.json })],
            Table(CallColumns.all, calls, nowMs: session.nowMs()),
            ifEmpty: isOfAll
                ? "no calls are recorded; with records.enabled a running gateway writes each within two seconds or so of its end, "
                    + "and `mcp-gateway doctor` says whether it can"
                : "no such calls are recorded; `mcp-gateway calls --limit 10` shows the last ones of all"
        )
        return 0
    }

    private func show(_ id: String, _ session: Session) throws -> Int32 {
        let answer = try session.withAdmin(readsRecords: true) { admin in
            try await admin.ask(Calls.show.request { $0.id = .string(id) })
        }
        session.answer(
            ["calls": [answer.json]],
            text: details(
                CallColumns.details.map { ($0.heading.title, $0.cell(answer)) },
                nowMs: session.nowMs(),
                style: session.out.style
            )
        )
        return 0
    }
}

extension Session {
    /// Writes the line above the calls, for the forms that have one.
    func writeHead() {
        if form == .csv { out.write(CSV.head(CallsCommand.usage.csv)) }
    }

    /// One call as a line for programs.
    func line(of call: Answer<CallForm>) -> String {
        switch form {
        case .csv: CSV.row(call.json, CallsCommand.usage.csv)
        case .name: safe(call.id) + "\n"
        case .json, .jsonl, .table, .wide: jsonText(call.json) + "\n"
        }
    }
}

extension ParsedWords {
    /// - Throws: for a text that isn't a number in that range.
    func number(_ option: Usage.Option, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = self.option(option) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("\(option.name) takes a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
