import Config
import Control
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
    let function: String
    let declaration: DeclarationWords

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        function = words.option("--function") ?? ""
        declaration = DeclarationWords(words)
    }

    func run(_ session: Session) throws -> Int32 {
        let draft = TargetDraft(name: name, function: function, declaration: try declaration.read())
        let added = try session.withStore { store, config in
            let spec = try draft.spec(defaults: config.defaults)
            return try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.addTarget(spec)
            }
        }
        session.answer(
            added.json,
            text: "added target \(added.name); `mcp-gateway target refresh \(added.name)` reads its tools\n"
        )
        return 0
    }
}
