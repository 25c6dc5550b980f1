import AdminAPI
import JSON
import REST

struct LimitRemove: Command {
    static let usage = Usage(
        path: ["limit", "remove"],
        summary: "Takes a limit away, with what it has counted.",
        operands: [.limitScope, .limitName],
        options: [.dryRun],
        example: "mcp-gateway limit remove tenant-target acme/time",
        names: ["scope", "name"]
    )

    let place: LimitPlace
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        place = try LimitPlace(words)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let (scope, name, isDryRun) = (place.scope, place.name, isDryRun)
        let limit = try session.withAdmin { admin in
            let limits = try await admin.askAll(Limits.list.request)
            guard let found = limits.map({ $0.about }).first(where: { $0.scope == scope && $0.name == name })
            else {
                throw CommandFailure(
                    "there is no limit on \(holdsSecret(name) ? "that" : "\(scope) \(name)")",
                    hint: "`mcp-gateway limit list` shows the limits"
                )
            }
            return try await admin.ask(
                Limits.remove.request {
                    $0.id = .number("\(found.id)")
                    $0.dryRun = isDryRun ? true : nil
                }
            )
        }
        session.answer(
            limit.json,
            done: "removed the limit on \(limit.scope) \(limit.name), which was \(LimitForm.figures(limit))",
            isDryRun: isDryRun
        )
        return 0
    }
}
