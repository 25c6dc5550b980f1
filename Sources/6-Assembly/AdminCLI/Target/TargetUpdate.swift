import AdminAPI
import JSON
import REST

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
        declaration = try DeclarationWords(words)
        if declaration.isEmpty { throw UsageError("nothing to change: give at least one option") }
    }

    func run(_ session: Session) throws -> Int32 {
        var request = Targets.update.request {
            $0.target = .string(name)
            $0.function = declaration.function.map { .string($0) }
        }
        try declaration.fill(&request, \.declaration, adding: false)
        let target = try session.ask(request)
        session.answer(target.json, done: "changed target \(target.name)")
        return 0
    }
}
