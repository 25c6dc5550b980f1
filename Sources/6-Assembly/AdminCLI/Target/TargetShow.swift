import HTTP

struct TargetShow: Command {
    static let usage = Usage(
        path: ["target", "show"],
        summary: "Shows all about one target.",
        operands: [.target],
        example: "mcp-gateway target show time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let target = try session.ask(.get, ["targets", name])
        session.answer(target, text: targetDetails(target))
        return 0
    }
}
