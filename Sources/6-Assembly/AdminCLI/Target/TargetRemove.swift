import HTTP

struct TargetRemove: Command {
    static let usage = Usage(
        path: ["target", "remove"],
        summary: "Removes a target that was added by command, with its tools.",
        operands: [.target],
        options: [.dryRun],
        details: "Subscriptions to it end, and limits on it go.",
        example: "mcp-gateway target remove time"
    )

    let name: String
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let answer = try session.ask(
            .delete,
            ["targets", name],
            query: [("dryRun", isDryRun.queryValue)]
        )
        session.answer(answer, done: "removed target \(answer.word("name"))", isDryRun: isDryRun)
        return 0
    }
}
