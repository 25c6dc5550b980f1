import JSON
import REST
import Store

struct AdminTokenList: Command {
    static let usage = Usage(
        path: ["admin-token", "list"],
        summary: "Lists the tokens of the admin API; their texts are stored nowhere.",
        example: "mcp-gateway admin-token list",
        reach: .thisMachine,
        list: "tokens",
        names: ["name"]
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let now = session.nowMs()
        let tokens = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.adminTokens() }
        }
        var table = Table(
            "NAME",
            "ROLE",
            Heading("PREFIX").whole,
            "STATE",
            Heading("CREATED").yields(.first),
            "EXPIRES"
        )
        for token in tokens {
            let tone: Tone = token.isActive(nowMs: now) ? .good : .quiet
            let cells: [Cell] = [
                .text(token.name), .text(token.role.rawValue), .text(token.prefix),
                .state(tone, token.stateText(nowMs: now)), .moment(token.createdAtMs),
                token.expiresAtMs.map { .moment($0) } ?? .text("never"),
            ]
            table.add(cells: cells, nowMs: now)
        }
        session.answer(
            ["tokens": .array(tokens.map { .object($0.json(nowMs: now)) })],
            table,
            ifEmpty: "no admin tokens yet; `mcp-gateway admin-token issue` makes one"
        )
        return 0
    }
}
