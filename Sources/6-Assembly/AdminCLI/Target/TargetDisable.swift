import HTTP

struct TargetDisable: Command {
    static let usage = Usage(
        path: ["target", "disable"],
        summary: "Hides a target's tools and stops its refreshes, until it is enabled.",
        operands: [.target],
        options: [.dryRun],
        example: "mcp-gateway target disable time"
    )

    let name: String
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let target = try session.ask(
            .post,
            ["targets", name, "disable"],
            query: [("dryRun", isDryRun.queryValue)]
        )
        session.answer(target, done: "disabled target \(target.word("name"))", isDryRun: isDryRun)
        return 0
    }
}
