import AdminAPI
import JSON
import REST

struct LimitSet: Command {
    static let usage = Usage(
        path: ["limit", "set"],
        summary: "Limits how often tools are called and what that costs, or changes such a limit.",
        operands: [.limitScope, .limitName],
        options: Usage.Option.limit,
        details: """
            What isn't named stays as it is, and so do the counters; `none` takes away, as in --quota none/day.
            All limits that apply to a call must have room for it. A budget lets calls go until it is spent: the
            one that crosses it is the last.
            """,
        example: """
            mcp-gateway limit set tenant acme --rate 50/s --burst 100
            mcp-gateway limit set tenant acme --quota 100000/day
            mcp-gateway limit set tenant acme --budget 50usd/month
            mcp-gateway limit set tenant-target acme/time --rate 10/s
            mcp-gateway limit set tenant-tool acme/time___convert_time --quota 500/month
            mcp-gateway limit set key 3k9x0v2a --rate 600/m
            """,
        names: ["scope", "name"]
    )

    let place: LimitPlace
    let words: LimitWords

    init(_ words: ParsedWords) throws {
        place = try LimitPlace(words)
        self.words = try LimitWords(words)
        if self.words.isEmpty {
            throw UsageError("nothing to limit: give --rate, --burst, --quota or --budget")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let limit = try session.ask(
            Limits.set.request {
                $0.scope = .string(place.scope)
                $0.name = .string(place.name)
                words.fill(&$0, \.figures)
            }
        )
        session.answer(
            limit.json,
            done: "limited \(limit.scope) \(limit.name) to \(LimitForm.figures(limit))"
        )
        return 0
    }
}
