import JSON
import Store

struct AdminTokenList: Command {
    static let usage = Usage(
        path: ["admin-token", "list"],
        summary: "Lists the tokens of the admin API; their texts are stored nowhere.",
        example: "mcp-gateway admin-token list",
        reach: .thisMachine
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let now = session.nowMs()
        let tokens = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.adminTokens() }
        }
        var table = Table("NAME", "ROLE", "PREFIX", "STATE", "CREATED", "EXPIRES")
        for token in tokens {
            table.add(
                token.name,
                token.role.rawValue,
                token.prefix,
                token.stateText(nowMs: now),
                timeText(token.createdAtMs),
                timeText(token.expiresAtMs) ?? "never"
            )
        }
        session.answer(
            ["tokens": .array(tokens.map { .object($0.json(nowMs: now)) })],
            table,
            ifEmpty: "no admin tokens yet; `mcp-gateway admin-token issue` makes one"
        )
        return 0
    }
}
