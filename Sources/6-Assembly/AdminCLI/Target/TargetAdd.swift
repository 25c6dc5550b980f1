import AdminAPI
import JSON
import REST
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
        declaration = try DeclarationWords(words)
    }

    func run(_ session: Session) throws -> Int32 {
        var request = Targets.add.request {
            $0.name = .string(name)
            $0.function = declaration.function.map { .string($0) }
        }
        try declaration.fill(&request, \.declaration, adding: true)
        let target = try session.ask(request, access: .creating)
        session.answer(
            target.json,
            done: "added target \(target.name); `mcp-gateway target refresh \(target.name)` reads its tools"
        )
        return 0
    }
}
