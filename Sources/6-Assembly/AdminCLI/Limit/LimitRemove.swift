import HTTP
import JSON
import REST

struct LimitRemove: Command {
    static let usage = Usage(
        path: ["limit", "remove"],
        summary: "Takes a limit away, with what it has counted.",
        operands: [.limitScope, .limitName],
        options: [.dryRun],
        example: "mcp-gateway limit remove tenant-target acme/time"
    )

    let scope: String
    let name: String
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        scope = try words.required(0)
        name = try words.required(1)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let (scope, name, isDryRun) = (scope, name, isDryRun)
        let limit = try session.withAdmin { admin in
            let limits = try await admin.askAll("limits", APIRequest(.get, ["limits"]))
            let found = limits.first { $0.text("scope") == scope && $0.text("name") == name }
            guard let id = found?.text("id") else {
                throw CommandFailure(
                    "there is no limit on \(holdsSecret(name) ? "that" : "\(scope) \(name)")",
                    hint: "`mcp-gateway limit list` shows the limits"
                )
            }
            return try await admin.ask(
                APIRequest(.delete, ["limits", id], query: [("dryRun", isDryRun.queryValue)])
            )
        }
        let what = "\(limit.word("scope")) \(limit.word("name"))"
        session.answer(
            limit,
            done: "removed the limit on \(what), which was \(limitFigures(limit))",
            isDryRun: isDryRun
        )
        return 0
    }
}
