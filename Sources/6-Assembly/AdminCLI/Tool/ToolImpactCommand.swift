import AdminAPI
import Calendar
import JSON
import REST

struct ToolImpactCommand: Command {
    private static let sinceOption = Usage.Option(
        name: "--since",
        value: "30d|TIME",
        summary: "of calls since then: \(PastMoment.words); 30d when left out"
    )

    static let usage = Usage(
        path: ["tool", "impact"],
        summary: "Shows which calls of late a changed tool's schema would refuse, before it is approved.",
        operands: [.tool],
        options: [sinceOption],
        details:
            "Recorded are the members that arguments had and their types, no values: what a rule such as `enum` does to a "
            + "call can't be told. The gateway passes arguments on; it's the function that refuses them.",
        example: "mcp-gateway tool impact time___convert_time --since 7d"
    )

    let tool: String
    let since: String?

    init(_ words: ParsedWords) throws {
        tool = try words.required(0)
        since = words.option(Self.sinceOption)
        _ = try PastMoment(timeIn: words, Self.sinceOption)
    }

    func run(_ session: Session) throws -> Int32 {
        let answer = try session.ask(
            Tools.impact.request {
                $0.tool = .string(tool)
                $0.since = since.map { .string($0) }
            },
            readsRecords: true
        )
        for fault in answer.faults { session.err.write("note: \(safe(fault))\n") }
        session.answer(answer.json, text: text(answer, session))
        return 0
    }

    private func text(_ impact: Answer<ToolImpactForm>, _ session: Session) -> String {
        let style = session.out.style
        var text = impactLine(impact, nowMs: session.nowMs()) + "\n"
        if !impact.waiting {
            text = "no definition of \(safe(impact.name)) waits; this is of the one in force\n" + text
        }
        if impact.callsWithoutShape > 0 {
            text +=
                "not looked at, as their arguments' shape wasn't recorded: \(grouped(impact.callsWithoutShape))\n"
        }
        if impact.failedCalls > 0 {
            text += "not looked at, as they failed: \(grouped(impact.failedCalls))\n"
        }
        let certain = impact.rules.filter { $0.certain }
        if !certain.isEmpty {
            text += "\n\(style.heading("would not fit the new schema:"))\n" + rules(certain, session)
        }
        let asking = impact.rules.filter { !$0.certain }
        if !asking.isEmpty {
            text += "\n\(style.heading("can't be told without the values:"))\n" + rules(asking, session)
        }
        let tenants = impact.tenants.filter { $0.refused > 0 || $0.open > 0 }
        if !tenants.isEmpty { text += "\n" + table(tenants, session) }
        let examples = impact.examples.filter { $0.verdict != "fits" }
        if !examples.isEmpty { text += "\n" + table(examples, session) }
        return text
    }

    private func rules(_ rules: [Answer<ImpactRuleForm>], _ session: Session) -> String {
        rules.map { rule in
            let place = rule.path.isEmpty ? "the arguments" : safe(rule.path)
            return
                "  \(place): \(impactWords(rule.keyword)) (\(grouped(rule.calls)) \(rule.calls == 1 ? "call" : "calls"))\n"
        }.joined()
    }

    private func table(_ tenants: [Answer<ImpactTenantForm>], _ session: Session) -> String {
        let columns: [Column<ImpactTenantForm>] = [
            Column("TENANT", \.tenant), Column("CALLS", \.calls), Column("REFUSED", \.refused),
            Column("CAN'T TELL", \.open), .age("LAST REFUSED", \.lastRefusedAtMs),
        ]
        return shown(Table(columns, tenants, nowMs: session.nowMs()), session)
    }

    private func table(_ examples: [Answer<ImpactExampleForm>], _ session: Session) -> String {
        let columns: [Column<ImpactExampleForm>] = [
            Column("SHAPE OF ARGUMENTS", \.shape), Column("VERDICT", \.verdict), Column("CALLS", \.calls),
            Column("LAST") { .age($0.lastAtMs) },
        ]
        return shown(Table(columns, examples, nowMs: session.nowMs()), session)
    }

    private func shown(_ table: Table, _ session: Session) -> String {
        table.text(width: session.out.columns, style: session.out.style)
    }
}

/// `of 1,204 calls in 30 days 18 by 2 tenants would be refused`
func impactLine(_ impact: Answer<ToolImpactForm>, nowMs: Int64) -> String {
    guard impact.calls > 0 else {
        return
            "nothing can be told: no call of it whose arguments' shape is known was recorded in that time; "
            + "calls are recorded with records.enabled"
    }
    let days = max(1, Int((nowMs - impact.sinceMs + 43_200_000) / 86_400_000))
    let period = days == 1 ? "a day" : "\(days) days"
    var line = "of \(grouped(impact.calls)) \(impact.calls == 1 ? "call" : "calls") in \(period) "
    if impact.refused == 0 {
        line += "none would be refused for certain"
    } else {
        let tenants = impact.tenantsRefused
        line +=
            "\(grouped(impact.refused)) by \(tenants) \(tenants == 1 ? "tenant" : "tenants") would be refused"
    }
    if impact.open > 0 { line += "; \(grouped(impact.open)) can't be told without their values" }
    return line
}

/// A note beside a change: how many recorded calls its schema would refuse; nil when no calls are recorded, or this
/// process can't find out.
func impactNote(on tool: String, _ session: Session) -> String? {
    // The note is optional: the records may be unreadable, and older servers don't have this operation.
    guard
        let impact = try? session.ask(Tools.impact.request({ $0.tool = .string(tool) }), readsRecords: true),
        impact.calls > 0
    else {
        return nil
    }
    let line = impactLine(impact, nowMs: session.nowMs())
    return impact.refused + impact.open > 0
        ? "\(line): `mcp-gateway tool impact \(safe(impact.name))`\n" : "\(line)\n"
}

/// A keyword of JSON Schema, explained in a few words.
private func impactWords(_ keyword: String) -> String {
    switch keyword {
    case "required": "required, and missing"
    case "type": "of another type"
    case "false": "not allowed any more"
    case "additionalProperties", "unevaluatedProperties":
        "not declared, and nothing else is allowed (\(keyword))"
    case "dependentRequired", "dependencies": "required beside another member, and missing"
    default: safe(keyword)
    }
}

/// `1,204`
func grouped(_ number: Int) -> String {
    let digits = Array(String(abs(number)))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
        text.append(digit)
    }
    return text
}
