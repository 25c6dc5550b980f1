import HTTP
import JSON

struct ToolShow: Command {
    static let usage = Usage(
        path: ["tool", "show"],
        summary: "Shows a tool's definition, as its target sent it, or why the tool is refused.",
        operands: [.tool],
        example: "mcp-gateway tool show time___convert_time"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let tool = try session.ask(.get, ["tools", name])
        session.answer(tool, text: text(tool))
        return 0
    }

    private func text(_ tool: JSONValue) -> String {
        let head = details([
            ("name", tool.text("name")),
            ("target", tool.text("target")),
            ("own name", tool.text("alias") == nil ? nil : tool.text("tool")),
            ("state", tool.text("state")),
            ("sha256", tool.text("sha256")),
            ("first seen", tool.moment("firstSeenAtMs")),
            ("changed", tool.moment("updatedAtMs")),
        ])
        if let reason = tool.text("reason") {
            let member = tool.text("member").map { $0.isEmpty ? "" : "\(safe($0)): " } ?? ""
            return "\(head)\nrefused: \(member)\(safe(reason))\n"
        }
        let notes = (tool["notes"]?.arrayValue ?? []).map { "\(note($0))\n" }.joined()
        return "\(head)\n\(notes)\(notes.isEmpty ? "" : "\n")\(prettyText(tool["definition"] ?? .null))\n"
    }
}

/// What is said of one member of a tool.
private func note(_ note: JSONValue) -> String {
    let (member, reason) = (note.word("member"), note.word("reason"))
    return note.truth("leftOut") ? "agents don't get \(member): it \(reason)" : "note: \(member) \(reason)"
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
