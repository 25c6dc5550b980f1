import Control
import JSON
import Policy
import Store

struct KeyList: Command {
    static let usage = Usage(
        path: ["key", "list"],
        summary: "Lists keys by their prefixes; their texts are stored nowhere.",
        operands: [.init(name: "tenant", summary: "only this tenant's", isOptional: true)],
        example: "mcp-gateway key list team-a"
    )

    let tenant: String?

    init(_ words: ParsedWords) throws { tenant = words.operand(0) }

    func run(_ session: Session) throws -> Int32 {
        let tenant = try tenant.map { text throws(StoreError) in try TenantName(text) }
        let keys = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.keys(of: tenant) }
        }
        let now = session.nowMs()
        var table = Table("PREFIX", "TENANT", "STATE", "CREATED", "EXPIRES", "NAME", "ALLOW")
        for key in keys {
            table.add(
                key.prefix,
                key.tenant.text,
                KeyState(key, nowMs: now).rawValue,
                timeText(key.createdAtMs),
                timeText(key.expiresAtMs),
                key.name,
                key.allow.isEmpty ? nil : key.allow.map { $0.text }.joined(separator: " ")
            )
        }
        session.answer(
            ["keys": .array(keys.map { .object($0.json(nowMs: now)) })],
            table,
            ifEmpty: "no keys yet; `mcp-gateway key issue` makes one"
        )
        return 0
    }
}
