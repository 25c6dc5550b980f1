import JSON
import Store

struct TargetRemove: Command {
    static let usage = Usage(
        path: ["target", "remove"],
        summary: "Removes a target that was added by command, with its tools.",
        operands: [.init(name: "name", summary: "the target")],
        example: "mcp-gateway target remove time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let name = try TargetName(name)
        try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.removeTarget(name)
            }
        }
        session.answer(["name": .string(name.text), "removed": true], text: "removed target \(name)\n")
        return 0
    }
}
