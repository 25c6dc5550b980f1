import JSON
import REST

struct ContextList: Command {
    static let usage = Usage(
        path: ["context", "list"],
        summary: "Lists the servers that have a name here, and this machine; * is where commands go.",
        example: "mcp-gateway context list",
        reach: .thisMachine,
        list: "contexts",
        names: ["name"]
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let file = try ContextFile.load(session.environment)
        var table = Table(Heading("NAME").whole, "", "URL", "AGENTS", "TOKEN", Heading("CA").spare)
        table.add(ServerContext.here, file.current == nil ? "*" : "", "the store on this machine", "", "", "")
        for context in file.contexts {
            table.add(
                context.name,
                file.current == context.name ? "*" : "",
                context.url,
                context.agentsURL,
                context.token?.description,
                context.caFile
            )
        }
        session.answer(
            [
                "current": .string(file.current ?? ServerContext.here),
                "contexts": .array(file.contexts.map { $0.json(isCurrent: file.current == $0.name) }),
            ],
            table,
            ifEmpty: ""
        )
        if session.format == .table {
            for name in [ServerChoice.urlVariable, ServerChoice.contextVariable] {
                if let value = session.environment[name], !value.isEmpty {
                    session.err.write("note: \(name) is set to \(safe(value)), which is stronger than *\n")
                }
            }
        }
        return 0
    }
}
