import AdminAPI
import JSON
import REST

struct AuditVerify: Command {
    static let usage = Usage(
        path: ["audit", "verify"],
        summary: "Checks that no event of the audit log is missing or was edited.",
        details: """
            The hash of the last event, kept elsewhere, also shows whether somebody wrote the whole log anew.
            Exit status 1 when there is a fault.
            """,
        example: "mcp-gateway audit verify"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let answer = try session.ask(Audits.verify.request)
        session.answer(answer.json, text: text(answer))
        return answer.ok ? 0 : 1
    }

    private func text(_ answer: Answer<AuditVerificationForm>) -> String {
        let events = counted(answer.events, "event")
        guard !answer.ok else {
            let head = answer.headHash.map { ", the last with hash \(safe($0))" } ?? ""
            return "the audit log is whole: \(events)\(head)\n"
        }
        return "the audit log was changed; it has \(events):\n"
            + answer.faults.map { "  \(safe($0))\n" }.joined()
    }
}
