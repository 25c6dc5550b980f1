import HTTP
import JSON

struct KeyRotate: Command {
    static let usage = Usage(
        path: ["key", "rotate"],
        summary: "Makes a key that takes the place of another, and prints it, this once.",
        operands: [.keyPrefix],
        options: [
            .init(
                name: "--overlap",
                value: "24h",
                summary: "how long the old key goes on: 0s, or a number of s, m, h or d; 24h when left out"
            ),
            .dryRun,
        ],
        details: "Name, lifetime, patterns and limits are the old key's. The new key alone goes to stdout.",
        example: "export MCP_GATEWAY_KEY=$(mcp-gateway key rotate 3k9x0v2a --overlap 1h)"
    )

    let prefix: String
    let overlap: String?
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        prefix = try words.required(0)
        overlap = words.option("--overlap")
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let key = try session.ask(
            .post,
            ["keys", prefix, "rotate"],
            query: [("dryRun", isDryRun.queryValue)],
            overlap.map { [("overlap", .string($0))] } ?? []
        )
        let old = key["replaces"] ?? .null
        let end = old.moment("expiresAtMs").map { " works until \($0)" } ?? " goes on"
        if isDryRun {
            session.answer(key, done: "rotated key \(old.word("prefix")), which\(end)", isDryRun: true)
        } else {
            showIssuedKey(key, session, note: ", in place of \(old.word("prefix")), which\(end)")
        }
        return 0
    }
}
