import JSON
import Policy
import Store

struct ToolList: Command {
    static let usage = Usage(
        path: ["tool", "list"],
        summary: "Lists the tools of the catalog.",
        options: [.init(name: "--target", value: "NAME", summary: "only this target's")],
        example: "mcp-gateway tool list --target time"
    )

    let target: String?

    init(_ words: ParsedWords) throws { target = words.option("--target") }

    func run(_ session: Session) throws -> Int32 {
        let target = try target.map { text throws(StoreError) in try TargetName(text) }
        let tools = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.tools(of: target) }
        }
        var table = Table("NAME", "STATE", "DESCRIPTION")
        for tool in tools {
            let words = (tool.parsed["description"]?.stringValue ?? "").split { $0.isWhitespace }
            table.add(tool.exposedName, tool.state.rawValue, words.joined(separator: " "))
        }
        session.answer(
            ["tools": .array(tools.map { .object($0.json) })],
            table,
            ifEmpty: "no tools yet; `mcp-gateway target refresh` reads them"
        )
        return 0
    }
}

extension ToolRecord {
    /// The definition as a tree; `null` should it not be JSON.
    var parsed: JSONValue { (try? JSONValue(parsing: definition.json.span)) ?? .null }

    /// See docs/cli-json.md.
    var json: JSONObject {
        let parsed = parsed
        return JSONObject([
            ("name", .string(exposedName)),
            ("target", .string(target.text)),
            ("tool", .string(name)),
            ("title", .optional(parsed["title"]?.stringValue)),
            ("description", .optional(parsed["description"]?.stringValue)),
            ("state", .string(state.rawValue)),
            ("sha256", .string(definition.sha256.hex)),
            ("firstSeenAtMs", .optional(firstSeenAtMs)),
            ("updatedAtMs", .optional(updatedAtMs)),
        ])
    }
}
