import JSON

struct ToolList: Command {
    static let usage = Usage(
        path: ["tool", "list"],
        summary: "Lists the tools of the catalog.",
        options: [
            .init(name: "--target", value: "NAME", summary: "only this target's"),
            .init(name: "--state", value: "S", summary: "only the active or the quarantined"),
        ],
        example: "mcp-gateway tool list --target time"
    )

    let target: String?
    let state: String?

    init(_ words: ParsedWords) throws {
        target = words.option("--target")
        state = words.option("--state")
    }

    func run(_ session: Session) throws -> Int32 {
        let tools = try session.askAll("tools", ["tools"], query: [("target", target), ("state", state)])
        var table = Table("NAME", "STATE", "DESCRIPTION")
        for tool in tools {
            let words = (tool.text("description") ?? "").split { $0.isWhitespace }
            table.add(tool.text("name"), tool.text("state"), words.joined(separator: " "))
        }
        session.answer(
            ["tools": .array(tools)],
            table,
            ifEmpty: state == nil
                ? "no tools yet; `mcp-gateway target refresh` reads them" : "no tools in that state"
        )
        return 0
    }
}
