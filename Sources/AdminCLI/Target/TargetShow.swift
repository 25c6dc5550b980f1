import Store

struct TargetShow: Command {
    static let usage = Usage(
        path: ["target", "show"],
        summary: "Shows all about one target.",
        operands: [.init(name: "name", summary: "the target")],
        example: "mcp-gateway target show time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let name = try TargetName(name)
        let target = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.target(name) }
        }
        session.answer(target.json, text: target.detailText)
        return 0
    }
}
