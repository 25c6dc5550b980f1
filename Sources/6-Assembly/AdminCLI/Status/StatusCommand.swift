import AdminAPI
import JSON
import REST

struct StatusCommand: Command {
    static let usage = Usage(
        path: ["status"],
        summary: "Shows on one screen what needs a person, and how calls of each target go.",
        details: """
            What needs somebody comes first, each with the command for it. A server that runs on the store says how calls
            went in five minutes and in an hour; without one, what the store knows is shown.
            """,
        example: "mcp-gateway status\nmcp-gateway status -o json"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let status = try session.ask(Statuses.show.request, via: .serverIfRunning)
        session.answer(
            status.json,
            text: StatusScreen(status, width: session.out.columns, style: session.out.style).text
        )
        return 0
    }
}
