import AdminAPI
import JSON
import REST

struct KeyRotate: Command {
    private static let overlapOption = Usage.Option(
        name: "--overlap",
        value: "24h",
        summary: "how long the old key goes on: 0s, or a number of s, m, h or d; 24h when left out"
    )

    static let usage = Usage(
        path: ["key", "rotate"],
        summary: "Makes a key that takes the place of another, and prints it once.",
        operands: [.keyPrefix],
        options: [
            overlapOption,
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
        overlap = words.option(Self.overlapOption)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let key = try session.ask(
            Keys.rotate.request {
                $0.prefix = .string(prefix)
                $0.overlap = overlap.map { .string($0) }
                $0.dryRun = isDryRun ? true : nil
            }
        )
        let old = key.replaces
        let end: Sentence = old.expiresAtMs.map { " works until \(moment: $0)" } ?? " goes on"
        if isDryRun {
            session.answer(key.json, done: "rotated key \(old.prefix), which\(end)", isDryRun: true)
        } else {
            let note: Sentence = ", in place of \(old.prefix), which\(end)"
            showIssuedKey(key.key ?? "", key.about, session, note: note)
        }
        return 0
    }
}
