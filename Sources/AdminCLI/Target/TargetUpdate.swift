import Control
import Store

struct TargetUpdate: Command {
    static let usage = Usage(
        path: ["target", "update"],
        summary: "Changes what is declared about a target that was added by command.",
        operands: [.init(name: "name", summary: "the target")],
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
        let name = try TargetName(name)
        let declaration = try declaration.read()
        let changed = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.changeTarget(name, declaration)
            }
        }
        session.answer(changed.json, text: "changed target \(changed.name)\n")
        return 0
    }
}
