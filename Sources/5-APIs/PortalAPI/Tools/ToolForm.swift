import JSON
import Policy
import REST

/// A tool of a caller's snapshot, and whether the caller can use it.
struct OfferedTool: Sendable {
    let entry: ToolEntry
    let target: String
    let standing: ToolStanding

    init(_ position: Int, for caller: PortalCaller, nowMs: Int64) {
        entry = caller.snapshot.tools[position]
        target = caller.snapshot.targets[entry.target].name
        standing = ToolStanding(of: position, for: caller, nowMs: nowMs)
    }

    /// A text of the definition, cut by code points, because one character may have any number of them; nil also for a
    /// definition that the tenant may not read yet.
    func text(_ member: StaticString) -> String? {
        guard standing != .waitingForApproval else { return nil }
        let bytes = entry.definition.span
        guard let range = JSON.member(member, of: 0..<bytes.count, in: bytes),
            // This doesn't fail on a stored definition: a refresh takes only definitions that can be read.
            let text = (try? JSONValue(parsing: bytes, in: range))?.stringValue
        else { return nil }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLengthMax)))
    }
}

private let textLengthMax = 4_096

/// The JSON form of a tool, for a tenant; docs/portal-api.md describes it.
struct ToolForm: ListedForm {
    typealias Record = OfferedTool

    static let component: String? = "Tool"
    static let plural = "tools"

    let name = Member("name", .text(1...512, "what agents call it"), \Record.entry.exposedName)
    let target = Member("target", .name, \Record.target)
    let title = Member("title", .text(0...textLengthMax, "null too while it waits for approval")) {
        (tool: Record) in
        tool.text("title")
    }
    let description = Member(
        "description",
        .text(0...textLengthMax, "its beginning, when it's longer; null too while it waits for approval")
    ) { (tool: Record) in
        tool.text("description")
    }
    let state = Member(
        "state",
        .word(of: ToolStanding.self, "as this key or token sees it"),
        \Record.standing.rawValue
    )
}
