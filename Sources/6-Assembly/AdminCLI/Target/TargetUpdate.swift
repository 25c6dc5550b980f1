import HTTP

struct TargetUpdate: Command {
    static let usage = Usage(
        path: ["target", "update"],
        summary: "Changes what is declared about a target that was added by command.",
        operands: [.target],
        options: [.init(name: "--function", value: "FN", summary: "the function's name or ARN")]
            + Usage.Option.declaration,
        details: "An empty value clears a setting, as in --region=. The tools stay until the next refresh.",
        example: "mcp-gateway target update time --qualifier live --timeout 10s"
    )

    let name: String
    let declaration: DeclarationWords

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        declaration = DeclarationWords(words)
        if declaration.isEmpty { throw UsageError("nothing to change: give at least one option") }
    }

    func run(_ session: Session) throws -> Int32 {
        let target = try session.ask(.patch, ["targets", name], try declaration.members(adding: false))
        session.answer(target, done: "changed target \(target.word("name"))")
        return 0
    }
}
