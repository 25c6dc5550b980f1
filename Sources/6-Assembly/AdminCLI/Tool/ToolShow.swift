import AdminAPI
import JSON
import Policy
import REST

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
        let tool = try session.ask(Tools.show.request { $0.tool = .string(name) })
        let isHeldBack = tool.about.state == ToolEntry.State.quarantined.rawValue
        let impact = isHeldBack && session.form == .table ? impactNote(on: tool.about.name, session) : nil
        session.answer(tool.json, text: text(tool.about, tool.definition) + (impact.map { "\n\($0)" } ?? ""))
        return 0
    }

    private func text(_ tool: Answer<ToolForm>, _ definition: JSONValue) -> String {
        let head = details([
            ("name", tool.name),
            ("target", tool.target),
            ("own name", tool.alias == nil ? nil : tool.tool),
            ("own function", tool.function),
            ("state", tool.state),
            ("sha256", tool.sha256),
            ("first seen", timeText(tool.firstSeenAtMs)),
            ("changed", timeText(tool.updatedAtMs)),
        ])
        if let reason = tool.reason {
            let member = tool.member.map { $0.isEmpty ? "" : "\(safe($0)): " } ?? ""
            return "\(head)\nrefused: \(member)\(safe(reason))\n"
        }
        let notes = tool.notes.map { "\(note($0).text)\n" }.joined()
        return "\(head)\n\(notes)\(notes.isEmpty ? "" : "\n")\(prettyText(definition))\n"
    }
}

/// A note about one member of a tool.
private func note(_ note: Answer<ToolNoteForm>) -> Sentence {
    note.leftOut
        ? "agents don't get \(note.member): it \(note.reason)" : "note: \(note.member) \(note.reason)"
}

/// JSON over several lines, for people.
func prettyText(_ value: JSONValue, indent: String = "", unit: String = "  ") -> String {
    let inner = indent + unit
    switch value {
    case .array(let elements) where !elements.isEmpty:
        let lines = elements.map { inner + prettyText($0, indent: inner, unit: unit) }
        return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
    case .object(let object) where !object.isEmpty:
        let lines = object.members.map { member in
            "\(inner)\(jsonText(.string(member.key))): \(prettyText(member.value, indent: inner, unit: unit))"
        }
        return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    default: return jsonText(value)
    }
}
