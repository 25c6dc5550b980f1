import JSON
import Policy
import Store

struct ToolShow: Command {
    static let usage = Usage(
        path: ["tool", "show"],
        summary: "Shows a tool's definition, as its target sent it.",
        operands: [.init(name: "tool", summary: "its exposed name, target___tool")],
        example: "mcp-gateway tool show time___convert_time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let name = name
        let tool = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.tool(exposedName: name) }
        }
        let members = tool.json.members.map { ($0.key, $0.value) } + [("definition", tool.parsed)]
        session.answer(.object(JSONObject(members)), text: text(tool))
        return 0
    }

    private func text(_ tool: ToolRecord) -> String {
        let head = details([
            ("name", tool.exposedName),
            ("target", tool.target.text),
            ("state", tool.state.rawValue),
            ("sha256", tool.definition.sha256.hex),
            ("first seen", timeText(tool.firstSeenAtMs)),
            ("changed", timeText(tool.updatedAtMs)),
        ])
        return "\(head)\n\(prettyText(tool.parsed))\n"
    }
}

/// JSON over several lines, for people.
func prettyText(_ value: JSONValue, indent: String = "") -> String {
    let inner = indent + "  "
    switch value {
    case .array(let elements) where !elements.isEmpty:
        let lines = elements.map { inner + prettyText($0, indent: inner) }
        return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
    case .object(let object) where !object.isEmpty:
        let lines = object.members.map { member in
            "\(inner)\(jsonText(.string(member.key))): \(prettyText(member.value, indent: inner))"
        }
        return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    default: return jsonText(value)
    }
}
