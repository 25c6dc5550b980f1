import JSON
import Store

struct KeyRevoke: Command {
    static let usage = Usage(
        path: ["key", "revoke"],
        summary: "Stops a key for good.",
        operands: [.init(name: "prefix", summary: "the 8 characters between mgw_ and the next _")],
        example: "mcp-gateway key revoke 3k9x0v2a"
    )

    let prefix: String

    init(_ words: ParsedWords) throws { prefix = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let prefix = prefix
        let key = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.revokeKey(prefix: prefix)
            }
        }
        session.answer(
            .object(key.json(nowMs: session.nowMs())),
            text: "revoked key \(key.prefix) of tenant \(key.tenant)\n"
        )
        return 0
    }
}
