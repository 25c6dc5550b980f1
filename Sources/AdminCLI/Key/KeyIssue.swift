import Control
import JSON
import Store

struct KeyIssue: Command {
    static let usage = Usage(
        path: ["key", "issue"],
        summary: "Makes a key for a tenant and prints it, this once.",
        operands: [.tenant],
        options: [
            .init(name: "--name", value: "N", summary: "what the key is for"),
            .init(
                name: "--expires",
                value: "90d",
                summary: "how long it works: s, m, h or d; for ever when left out"
            ),
            .init(
                name: "--allow",
                value: "PATTERN",
                summary: "only tools that match, such as time___*",
                isRepeatable: true
            ),
        ],
        details: "The key alone goes to stdout, so that a script can keep it; it can't be shown again.",
        example: "export MCP_GATEWAY_KEY=$(mcp-gateway key issue team-a --expires 90d --allow 'time___*')"
    )

    let draft: KeyDraft

    init(_ words: ParsedWords) throws {
        draft = KeyDraft(
            tenant: try words.required(0),
            name: words.option("--name"),
            expires: words.option("--expires"),
            allow: words.options("--allow")
        )
    }

    func run(_ session: Session) throws -> Int32 {
        let draft = draft
        let now = session.nowMs()
        let issued = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.issueKey(draft, nowMs: now)
            }
        }
        let record = issued.record
        let members = record.json(nowMs: now).members.map { ($0.key, $0.value) }
        session.answer(
            .object(JSONObject(members + [("key", .string(issued.key.text))])),
            text: issued.key.text + "\n"
        )
        if session.format == .table {
            let end = timeText(record.expiresAtMs).map { ", works until \($0)" } ?? ""
            session.err.write(
                "key \(record.prefix) of tenant \(record.tenant)\(end); it is not shown again\n"
            )
        }
        return 0
    }
}
