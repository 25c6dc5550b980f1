import AdminAPI
import JSON
import REST

struct ContextUse: Command {
    static let usage = Usage(
        path: ["context", "use"],
        summary: "Makes a context the current one: commands go to its server when nothing else is said.",
        operands: [.init(name: "name", summary: "a context, or here for this machine", offer: .servers)],
        details: """
            Before it changes something elsewhere because of that, a command says so. A stronger word is, in this order:
            --url, --context, --config, MCP_GATEWAY_URL, MCP_GATEWAY_CONTEXT.
            """,
        example: "mcp-gateway context use prod",
        reach: .thisMachine
    )

    private let name: String

    init(_ words: ParsedWords) throws { name = try words.contextName(0) ?? "" }

    func run(_ session: Session) throws -> Int32 {
        var file = try ContextFile.load(session.environment)
        guard name != ServerContext.here else {
            if file.current != nil {
                file.current = nil
                try file.save()
            }
            session.answer(["current": .string(name)], done: "commands work on this machine again")
            return 0
        }
        let context = try file.context(name)
        file.current = name
        try file.save()
        session.answer(
            ["current": .string(name)],
            done:
                "commands go to \(context.url ?? context.agentsURL ?? name) now; `context use here` ends that"
        )
        return 0
    }
}
