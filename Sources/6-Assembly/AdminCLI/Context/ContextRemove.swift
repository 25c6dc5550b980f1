import AdminAPI
import JSON
import REST

struct ContextRemove: Command {
    static let usage = Usage(
        path: ["context", "remove"],
        summary: "Forgets a context, and the token that is stored with it. The server keeps its token.",
        operands: [.init(name: "name", summary: "as `context list` shows it", offer: .servers)],
        example: "mcp-gateway context remove prod",
        reach: .thisMachine
    )

    private let name: String

    init(_ words: ParsedWords) throws { name = try words.contextName(0) ?? "" }

    func run(_ session: Session) throws -> Int32 {
        var file = try ContextFile.load(session.environment)
        _ = try file.context(name)
        let wasCurrent = file.current == name
        file.remove(name)
        try file.save()
        let end: Sentence = wasCurrent ? "; commands work on this machine again" : ""
        session.answer(
            ["name": .string(name), "removed": true],
            done: "removed context \(name)\(end)"
        )
        return 0
    }
}
