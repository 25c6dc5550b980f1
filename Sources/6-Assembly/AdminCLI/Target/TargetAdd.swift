import HTTP
import JSON
import Store

struct TargetAdd: Command {
    static let usage = Usage(
        path: ["target", "add"],
        summary: "Adds a target: a Lambda function that serves tools.",
        operands: [.init(name: "name", summary: "a-z, 0-9 and single hyphens, at most 50 characters")],
        options: [
            .init(name: "--function", value: "FN", summary: "the function's name or ARN", isRequired: true)
        ]
            + Usage.Option.declaration,
        details: "Its tools are in the catalog after `target refresh`, or the running server's next refresh.",
        example: "mcp-gateway target add time --function mcp-server-time --approval open"
    )

    let name: String
    let declaration: DeclarationWords

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        declaration = DeclarationWords(words)
    }

    func run(_ session: Session) throws -> Int32 {
        let target = try session.ask(
            .post,
            ["targets"],
            [("name", .string(name))] + (try declaration.members(adding: true)),
            access: .creating
        )
        let name = target.word("name")
        session.answer(
            target,
            done: "added target \(name); `mcp-gateway target refresh \(name)` reads its tools"
        )
        return 0
    }
}
