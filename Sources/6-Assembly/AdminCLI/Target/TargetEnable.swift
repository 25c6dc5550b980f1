import HTTP

struct TargetEnable: Command {
    static let usage = Usage(
        path: ["target", "enable"],
        summary: "Lets agents see a target's tools again.",
        operands: [.target],
        example: "mcp-gateway target enable time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let target = try session.ask(.post, ["targets", name, "enable"])
        session.answer(target, done: "enabled target \(target.word("name"))")
        return 0
    }
}
