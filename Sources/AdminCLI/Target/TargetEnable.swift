import Store

struct TargetEnable: Command {
    static let usage = Usage(
        path: ["target", "enable"],
        summary: "Lets agents see a target's tools again.",
        operands: [.init(name: "name", summary: "the target")],
        example: "mcp-gateway target enable time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let name = try TargetName(name)
        let target = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.setTargetEnabled(name, true)
            }
        }
        session.answer(target.json, text: "enabled target \(target.name)\n")
        return 0
    }
}
