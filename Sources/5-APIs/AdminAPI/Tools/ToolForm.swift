import Bytes
import Control
package import JSON
import Policy
package import REST
package import Store

/// A tool of the catalog, or a refused tool that its target lists.
package struct ShownTool: Sendable {
    var name: String
    var target: String
    var tool: String
    var alias: String?
    /// The name or ARN of its own function, if it has one.
    var function: String?
    /// The definition as JSON; null for a refused tool, and for a definition that isn't JSON.
    var definition = JSONValue.null
    var state: String
    var sha256: String?
    var firstSeenAtMs: Int64
    var updatedAtMs: Int64
    var reason: String?
    var member: String?
    var notes: [ToolNote] = []

    /// The state of a tool that its target lists and that is not served.
    static let refusedState = "refused"

    /// [state] → its tone.
    package static let tones: [String: Tone] = [
        ToolEntry.State.active.rawValue: .good, ToolEntry.State.quarantined.rawValue: .waiting,
        refusedState: .bad,
    ]

    package static let states = [
        ToolEntry.State.active.rawValue, ToolEntry.State.quarantined.rawValue, refusedState,
    ]

    init(_ record: ToolRecord) {
        name = record.exposedName
        target = record.target.text
        tool = record.name
        alias = record.alias
        function = record.definition.function
        definition = (try? JSONValue(parsing: record.definition.json.span)) ?? .null
        state = record.state.rawValue
        sha256 = record.definition.sha256.hex
        firstSeenAtMs = record.firstSeenAtMs
        updatedAtMs = record.updatedAtMs
        notes = record.definition.notes
    }

    init(_ record: RefusedToolRecord) {
        name = record.exposedName
        target = record.target.text
        tool = record.tool.name
        state = Self.refusedState
        firstSeenAtMs = record.firstSeenAtMs
        updatedAtMs = record.firstSeenAtMs
        reason = record.tool.reason
        member = record.tool.member
    }
}

/// The JSON form of a tool; docs/cli-json.md describes it.
package struct ToolForm: ListedForm {
    package typealias Record = ShownTool

    package static let component: String? = "Tool"
    package static let plural = "tools"
    package static let names = ["name"]

    package let name = Member(
        "name",
        .text(
            1...Coding.catalogNameMax,
            "what agents call it; a prompt's or a resource's name in the catalog"
        ),
        \Record.name
    )
    package let target = Member("target", .name, \Record.target)
    package let tool = Member(
        "tool",
        .text(0...Coding.catalogNameMax, "what the target calls it"),
        \Record.tool
    )
    package let alias = Member("alias", .text(1...128, "what stands in its place in `name`"), \Record.alias)
    package let function = Member(
        "function",
        .text(1...512, "the function of its own; null when the target's serves it"),
        \Record.function
    )
    let title = Member("title", .text, { (tool: Record) in tool.definition["title"]?.stringValue })
    package let description = Member("description", .text) { (tool: Record) in
        tool.definition["description"]?.stringValue
    }
    package let state = Member("state", .oneOf(Record.states), \Record.state)
    package let sha256 = Member(
        "sha256",
        .text(64...64, pattern: "^[0-9a-f]{64}$", "of the canonical definition; null when it's refused"),
        \Record.sha256
    )
    package let firstSeenAtMs = Member("firstSeenAtMs", .moment, \Record.firstSeenAtMs)
    package let updatedAtMs = Member("updatedAtMs", .moment, \Record.updatedAtMs)
    package let reason = Member("reason", .text(0...1_024, "why it is refused"), \Record.reason)
    package let member = Member(
        "member",
        .text(0...512, "the member that is refused; empty for the whole"),
        \Record.member
    )
    package let notes = Member(
        "notes",
        listOf: ToolNoteForm.self,
        summary: "what is left out of what agents see, and what is odd about it",
        \Record.notes
    )

    package init() {}
}

/// A tool with its definition, as its target sent it.
package struct DefinedToolForm: Form {
    package typealias Record = ShownTool

    package static let component: String? = "ToolWithDefinition"

    package let about = Included(ToolForm.self, \Record.self)
    package let definition = Member("definition", .any, \Record.definition)

    package init() {}
}

/// The JSON form of a note on one member of a tool.
package struct ToolNoteForm: Form {
    package typealias Record = ToolNote

    package let member = Member("member", .text, \Record.member)
    package let reason = Member("reason", .text(0...1_000, "what is said of the member"), \Record.reason)
    package let leftOut = Member(
        "leftOut",
        .truth("whether the member is left out of what is served"),
        \Record.isLeftOut
    )

    package init() {}
}

/// The JSON form of an approval: the tool after it, and the definitions that it replaces.
package struct ToolApprovalForm: Form {
    package typealias Record = ToolApproval

    package static let component: String? = "ToolApproval"

    package let about = Included(ToolForm.self, { (approval: Record) in ShownTool(approval.tool) })
    package let wasQuarantined = Member(
        "wasQuarantined",
        .truth("whether it was held back from everybody"),
        \Record.wasQuarantined
    )
    package let changes = Member("changes", listOf: ApprovalChangeForm.self) { (approval: Record) in
        approval.changes.map { ApprovalChangeForm.Record(change: $0, present: approval.tool.definition) }
    }

    package init() {}
}

package struct ApprovalChangeForm: Form {
    package struct Record: Sendable {
        let change: ToolApproval.Change
        let present: ToolDefinition
    }

    package let previousSHA256 = Member(
        "previousSha256",
        .text(64...64, "null when there was none"),
        \Record.change.previousSHA256?.hex
    )
    package let previousName = Member(
        "previousName",
        .text(1...Coding.catalogNameMax, "what agents called it then"),
        \Record.change.previousName
    )
    let subscriptions = Member("subscriptions", .list(.id), \Record.change.subscriptions)
    package let tenants = Member("tenants", .list(.name)) { (change: Record) in
        change.change.tenants.map { $0.text }
    }
    package let diff = Member("diff", .text(0...4_194_304, "lines as in a patch, for people")) {
        (change: Record) in
        DefinitionDiff(from: change.change.previous, to: change.present.json).text
    }

    package init() {}
}

package struct WaitingToolForm: ListedForm {
    package typealias Record = WaitingTool

    package static let component: String? = "WaitingTool"
    package static let plural = "tools"
    package static let names = ["name"]

    package let name = Member("name", .catalogName, \Record.exposedName)
    let target = Member("target", .name, \Record.target.text)
    package let quarantined = Member(
        "quarantined",
        .truth("whether it's held back from everybody"),
        \Record.isQuarantined
    )
    package let subscriptions = Member(
        "subscriptions",
        listOf: WaitingSubscriptionForm.self,
        \Record.subscriptions
    )

    package init() {}
}

package struct WaitingSubscriptionForm: Form {
    package typealias Record = WaitingTool.Subscription

    package let id = Member("id", .id, \Record.id)
    package let tenant = Member("tenant", .name, \Record.tenant.text)
    let change = Member(
        "change",
        .truth("whether it was approved with another definition or name; else it's new"),
        \Record.isChange
    )

    package init() {}
}
