import JSON
import Policy
import Store

struct TargetList: Command {
    static let usage = Usage(
        path: ["target", "list"],
        summary: "Lists the targets.",
        example: "mcp-gateway target list\nmcp-gateway target list -o json"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let targets = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.targets() }
        }
        let now = session.nowMs()
        var table = Table(
            "NAME",
            "STATE",
            "TOOLS",
            "REFRESHED",
            "CONTRACT",
            "APPROVAL",
            "FUNCTION",
            "LAST ERROR"
        )
        for target in targets {
            table.add(
                target.name.text,
                target.stateText,
                "\(target.toolCount)",
                ageText(target.health.refreshedAtMs, nowMs: now),
                target.spec.contract,
                target.spec.approval,
                target.spec.function,
                target.health.lastError
            )
        }
        session.answer(
            ["targets": .array(targets.map { $0.json })],
            table,
            ifEmpty: "no targets yet; `mcp-gateway target add` adds one, and `serve` reads the target files"
        )
        return 0
    }
}
