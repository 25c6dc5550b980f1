import Store

struct TargetDisable: Command {
    static let usage = Usage(
        path: ["target", "disable"],
        summary: "Hides a target's tools and stops its refreshes, until it is enabled.",
        operands: [.init(name: "name", summary: "the target")],
        example: "mcp-gateway target disable time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let name = try TargetName(name)
        let target = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.setTargetEnabled(name, false)
            }
        }
        session.answer(target.json, text: "disabled target \(target.name)\n")
        return 0
    }
}
