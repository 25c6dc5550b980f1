/// A note for the operator about the served form of a tool.
package struct ToolNote: Sendable, Equatable, CustomStringConvertible {
    /// The member that the note is about, e.g. `annotations.title`, safe to show.
    package let member: String
    /// What is wrong with the member, e.g. `must be a string`.
    package let reason: String
    /// Whether the member is left out of what is served.
    package let isLeftOut: Bool

    package init(member: String, reason: String, isLeftOut: Bool) {
        self.member = member
        self.reason = reason
        self.isLeftOut = isLeftOut
    }

    package var description: String {
        isLeftOut ? "served without \(member), which \(reason)" : "\(member) \(reason)"
    }
}

/// One note of a tool.
package struct NotedTool: Sendable, Equatable {
    /// The target's own name for the tool.
    package let name: String
    package let note: ToolNote

    package init(name: String, note: ToolNote) {
        self.name = name
        self.note = note
    }
}
