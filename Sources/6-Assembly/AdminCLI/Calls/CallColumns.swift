import AdminAPI
import Model
import REST

/// The columns of calls for people.
enum CallColumns {
    static let all: [Column<CallForm>] = [
        Column("TIME", \.atMs),
        Column("TENANT", \.tenant).yields(.third),
        Column("KEY") { credential($0) }.yields(.second),
        Column("TOOL", \.tool),
        outcome("OUTCOME"),
        Column("TOOK") { .text(durationText(microseconds: $0.durationUs)) },
        Column("FUNCTION") { Cell($0.functionUs.map { durationText(microseconds: $0) }) }.spare,
        Column("CODE", \.code).spare,
        Column("USD") { cost($0) }.spare,
        Column("CLIENT", \.client).spare,
        Column("ID", \.id).spare,
    ]

    static let details: [Column<CallDetailsForm>] = (who + figures).map { $0.of(CallDetailsForm.self) } + rest

    private static let who: [Column<CallForm>] = [
        Column("id", \.id), Column("started", \.atMs), Column("tenant", \.tenant),
        Column("key") { credential($0) }, Column("target", \.target), Column("tool", \.tool),
        Column("target's name for it", \.ownName), outcome("outcome"), Column("code", \.code),
        Column("client", \.client), Column("protocol", \.revision),
    ]

    private static let figures: [Column<CallForm>] = [
        Column("took") { .text(durationText(microseconds: $0.durationUs)) },
        Column("of it the gateway") { .text(durationText(microseconds: $0.gatewayUs)) },
        Column("of it the function") { Cell($0.functionUs.map { durationText(microseconds: $0) }) },
        Column("attempts", \.attempts), Column("bytes in", \.bytesIn), Column("bytes out", \.bytesOut),
        Column("Lambda's request", \.lambdaRequestID), Column("trace", \.traceID),
        Column("version that ran", \.executedVersion), Column("cold start", \.coldStart),
        Column("billed") { Cell($0.billedMs.map { "\($0) ms" }) },
        Column("memory") { Cell($0.memoryMB.map { "\($0) MB" }) },
        Column("memory used") { Cell($0.memoryUsedMB.map { "\($0) MB" }) },
        Column("US dollars") { cost($0) },
    ]

    private static let rest: [Column<CallDetailsForm>] = [
        Column("definition's SHA-256", \.definition),
        Column("arguments' SHA-256") { .text($0.argumentsSHA256 ?? notTaken) },
        Column("result's SHA-256") { .text($0.resultSHA256 ?? notTaken) },
        Column("arguments' shape", \.shape), Column("arguments", \.arguments), Column("result", \.result),
        Column("more of the trace", \.others),
    ]

    private static let notTaken = "not taken"

    static func outcome(_ title: String) -> Column<CallForm> {
        Column(title) { call in
            let word = call.outcome
            let tone: Tone =
                switch word {
                case "ok": .good
                case "limited", "too_busy", "cancelled": .waiting
                default: .bad
                }
            return .state(tone, word)
        }
    }

    /// The key's prefix, or the token's subject.
    static func credential(_ call: Answer<CallForm>) -> Cell {
        Cell(call.key ?? call.subject.map { "sub:\($0)" })
    }

    private static func cost(_ call: Answer<CallForm>) -> Cell {
        Cell(call.costNanoUSD.map { (call.measured ? "" : "~") + DollarText.spell($0) })
    }
}
