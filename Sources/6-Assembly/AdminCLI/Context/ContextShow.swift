import JSON
import REST

struct ContextShow: Command {
    static let usage = Usage(
        path: ["context", "show"],
        summary: "Shows a context; never its token.",
        operands: [
            .init(name: "name", summary: "the current one when left out", isOptional: true, offer: .servers)
        ],
        example: "mcp-gateway context show prod",
        reach: .thisMachine
    )

    private let name: String?

    init(_ words: ParsedWords) throws { name = try words.contextName(0) }

    func run(_ session: Session) throws -> Int32 {
        let file = try ContextFile.load(session.environment)
        guard let name = name ?? file.current else {
            throw CommandFailure(
                "no context is current: commands work on this machine",
                hint: "`mcp-gateway context list` shows them"
            )
        }
        let context = try file.context(name)
        session.answer(
            context.json(isCurrent: file.current == name),
            text: details([
                ("name", context.name), ("current", file.current == name ? "yes" : "no"),
                ("url", context.url),
                ("agents", context.agentsURL), ("token", context.token?.description), ("ca", context.caFile),
                ("tenant", context.tenant), ("file", file.path),
            ])
        )
        return 0
    }
}
