package import Control
package import REST
package import Store

// The JSON forms of the results of refreshes; docs/cli-json.md describes them.

/// The JSON form of the results of several refreshes.
package struct RefreshForm: Form {
    package typealias Record = [CatalogRefresh.Report]

    package let targets = Member("targets", listOf: RefreshReportForm.self, \Record.self)

    package init() {}
}

package struct RefreshReportForm: Form {
    package typealias Record = CatalogRefresh.Report

    package static let component: String? = "RefreshReport"

    package let name = Member("name", .text, \Record.name)
    package let added = Member("added", .count, \Record.counts.added)
    package let updated = Member("updated", .count, \Record.counts.updated)
    package let removed = Member("removed", .count, \Record.counts.removed)
    package let unchanged = Member("unchanged", .count, \Record.counts.unchanged)
    package let durationMs = Member("durationMs", .count, \Record.durationMs)
    package let error = Member("error", .text, \Record.error)
    package let refused = Member("refused", listOf: RefusedToolForm.self, \Record.refused)
    package let notes = Member(
        "notes",
        listOf: NotedToolForm.self,
        summary: "what is left out of tools, and what is odd about them",
        \Record.noted
    )

    package init() {}
}

package struct RefusedToolForm: Form {
    package typealias Record = RefusedTool

    package let name = Member("name", .text, \Record.name)
    let member = Member(
        "member",
        .text(0...400, "the member that is wrong; empty for the whole"),
        \Record.member
    )
    package let reason = Member("reason", .text, \Record.reason)

    package init() {}
}

package struct NotedToolForm: Form {
    package typealias Record = NotedTool

    package let name = Member("name", .text, \Record.name)
    package let note = Included(ToolNoteForm.self, \Record.note)

    package init() {}
}
