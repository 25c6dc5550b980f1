import AdminAPI
import Calendar
import JSON
import REST

struct AuditList: Command {
    private static let actorOption = Usage.Option(
        name: "--actor",
        value: "WHO",
        summary: "only by this one, such as cli:ada or admin:ci"
    )
    private static let actionOption = Usage.Option(
        name: "--action",
        value: "A",
        summary: "only actions that begin with this, such as subscription."
    )
    private static let objectOption = Usage.Option(
        name: "--object",
        value: "O",
        summary: "only about this one, such as target:time"
    )
    private static let tenantOption = Usage.Option(
        name: "--tenant",
        value: "NAME",
        summary: "only about this tenant",
        offer: .tenants
    )
    private static let sinceOption = Usage.Option(
        name: "--since",
        value: "24h|DAY|TIME",
        summary: "a duration back from now, or a UTC day or time"
    )
    private static let limitOption = Usage.Option(
        name: "--limit",
        value: "N",
        summary: "how many at most; 100 when left out, 0 for all"
    )

    static let usage = Usage(
        path: ["audit", "list"],
        summary: "Lists what was changed and who was refused, the newest first.",
        options: [
            actorOption,
            actionOption,
            objectOption,
            tenantOption,
            sinceOption,
            limitOption,
        ],
        details: "-o json has all that changed, as before and after; a narrow terminal leaves CHANGE out.",
        example: "mcp-gateway audit list --tenant team-a --since 24h",
        list: "events"
    )

    private static let countDefault = 100

    let filter: OperationRequest<Audits.ListArguments, ListForm<AuditEventForm>>
    let since: PastMoment?
    let countMax: Int

    init(_ words: ParsedWords) throws {
        filter = Audits.list.request {
            $0.actor = words.option(Self.actorOption).map { .string($0) }
            $0.action = words.option(Self.actionOption).map { .string($0) }
            $0.object = words.option(Self.objectOption).map { .string($0) }
            $0.tenant = words.option(Self.tenantOption).map { .string($0) }
        }
        since = try PastMoment(timeIn: words, Self.sinceOption)
        let text = words.option(Self.limitOption) ?? "\(Self.countDefault)"
        guard let count = Int(text), (0...1_000_000).contains(count) else {
            throw UsageError("--limit takes a number from 0 to 1000000")
        }
        countMax = count == 0 ? .max : count
    }

    func run(_ session: Session) throws -> Int32 {
        var request = filter
        request.sinceMs = since.map { .number("\($0.milliseconds(nowMs: session.nowMs()))") }
        let events = try session.askAll(request, countMax: countMax)
        var table = Table(
            "ID",
            "TIME",
            "WHO",
            Heading("ACTION").whole,
            Heading("OBJECT").whole,
            Heading("CHANGE").yields(.first)
        )
        for event in events {
            table.add(
                "\(event.id)",
                timeText(event.atMs),
                event.actor,
                event.action,
                event.object,
                change(event)
            )
        }
        session.answer(
            ["events": .array(events.map { $0.json })],
            table,
            ifEmpty: "no such events; `mcp-gateway audit list --limit 0` shows all"
        )
        return 0
    }

    /// The members that changed; for something new, the members that it has.
    private func change(_ event: Answer<AuditEventForm>) -> String? {
        let before = event.before
        let after = (event.after.objectValue?.members ?? []).filter { member in
            member.value != before[member.key] ?? .null && !["[]", "{}"].contains(member.value.text)
        }
        guard !after.isEmpty else { return nil }
        return after.map { "\($0.key)=\($0.value.stringValue ?? $0.value.text)" }.joined(separator: " ")
    }
}
