import HTTP

struct ToolQuarantine: Command {
    static let usage = Usage(
        path: ["tool", "quarantine"],
        summary: "Holds a tool back from everybody, at once, until it is approved.",
        operands: [.tool],
        options: [.dryRun],
        example: "mcp-gateway tool quarantine time___convert_time"
    )

    let tool: String
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        tool = try words.required(0)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let answer = try session.ask(
            .post,
            ["tools", tool, "quarantine"],
            query: [("dryRun", isDryRun.queryValue)]
        )
        let name = answer.word("name")
        session.answer(
            answer,
            done: "quarantined tool \(name); `mcp-gateway tool approve \(name)` gives it back",
            isDryRun: isDryRun
        )
        return 0
    }
}
