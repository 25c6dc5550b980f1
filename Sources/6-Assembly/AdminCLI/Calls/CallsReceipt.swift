import AdminAPI
import JSON
import REST

struct CallsReceipt: Command {
    static let usage = Usage(
        path: ["calls", "receipt"],
        summary: "Issues the receipt of a call: a signed document for others to keep and check.",
        operands: [
            .init(name: "id", summary: "the call's id, or Lambda's of its request")
        ],
        details: """
            It says what was called, by whom, under which subscription and definition, what came of it, the hashes of its arguments
            and result where [records] receipts took them, and its place in the audit log's chain. -o json is the receipt itself:
            keep that. `calls verify` checks it anywhere, without this gateway.
            """,
        example: "mcp-gateway calls receipt 0193a7b2-5c1e-7d30-9f5a-2b8e4c6d1f00 -o json"
    )

    let id: String

    init(_ words: ParsedWords) throws { id = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let id = id
        let answer = try session.withAdmin(readsRecords: true) { admin in
            try await admin.ask(Calls.receipt.request { $0.id = .string(id) })
        }
        session.answer(
            answer.json,
            text: details(
                ReceiptRows.all(answer),
                nowMs: session.nowMs(),
                style: session.out.style
            ) + "this is a summary; -o json is the receipt itself\n"
        )
        return 0
    }
}

/// The contents of a receipt, for people.
enum ReceiptRows {
    static func all(_ receipt: Answer<ReceiptForm>) -> [(String, Cell)] {
        let (call, caller) = (receipt.call, receipt.caller)
        return [
            ("call", .text(call.id)), ("started", .moment(call.atUs / 1_000)),
            ("tool", .text(call.tool)), ("target", Cell(call.target)),
            ("definition", Cell(call.definition)), ("version that ran", Cell(call.executedVersion)),
            ("tenant", .text(caller.tenant)), ("key", Cell(caller.key ?? caller.subject.map { "sub:\($0)" })),
            ("subscription", subscription(receipt)), ("outcome", .text(call.outcome)),
            ("Lambda's request", Cell(call.lambdaRequestID)), ("trace", Cell(call.traceID)),
            ("arguments' SHA-256", .text(call.arguments ?? notTaken)),
            ("result's SHA-256", .text(call.result ?? notTaken)),
            ("audit event before it", place(receipt.audit.atCall)),
            ("last audit event", place(receipt.audit.head)),
            ("issued", .moment(receipt.issuedAtMs)),
            ("issuer's fingerprint", .text(receipt.issuer.fingerprint)),
        ]
    }

    private static let notTaken = "not taken: [records] receipts was off, or the call didn't come so far"

    private static func subscription(_ receipt: Answer<ReceiptForm>) -> Cell {
        guard let subscription = receipt.subscription else { return .text("none") }
        let decided = subscription.decidedAtMs.flatMap { timeText($0) }.map { " at \($0)" } ?? ""
        let by = subscription.decidedBy.map { " by \($0)" } ?? ""
        return .text("\(subscription.id), \(subscription.state)\(by)\(decided)")
    }

    private static func place(_ place: Answer<ReceiptPlaceForm>?) -> Cell {
        Cell(place.map { "\($0.id), hash \($0.hash)" })
    }
}
