package import Calendar
package import Control
import HTTP
import JSON
import Records
package import REST
import Store

/// `/tools/{tool}/impact`: the effect that a waiting definition would have on calls that were made.
extension Tools {
    package struct ImpactArguments: Arguments {
        package let tool = Argument.path("tool", .text(1...512), "its exposed name, target___tool")
        package let since = Argument.query(
            "since",
            .pastMoment("since"),
            "of calls that started then or later; of the last 30 days when left out"
        )

        package init() {}
    }

    /// How far back calls are judged by default.
    private static let lookBackMs: Int64 = 30 * 86_400_000

    package static let impact = AdminOperation(
        .get,
        "/tools/{tool}/impact",
        id: "toolImpact",
        "Shows which recorded calls the definition that waits would not fit; the present one's when none waits.",
        takes: ImpactArguments.self,
        answers: ToolImpactForm.self,
        problems: [.notFound, .conflict, .unavailable],
        verb: .own("tool impact")
    ) { call throws(Problem) in
        let (name, nowMs) = (call.tool, call.nowMs)
        let approval = try await call.read { reading throws(StoreError) in
            try reading.toolApproval(name, nowMs: nowMs)
        }
        let sinceMs = call.since?.milliseconds(nowMs: nowMs) ?? nowMs - lookBackMs
        let query = ShapeQuery(
            target: approval.tool.target.text,
            tool: approval.tool.name,
            sinceUs: max(0, sinceMs) * 1_000
        )
        let source = try call.recordedCalls()
        let recorded: RecordedShapes
        do throws(RecordError) { recorded = try await source.argumentShapes(of: query) } catch {
            throw Problem(.records(error))
        }
        let present = approval.tool.definition.json
        // An empty definition stands for an approved one whose text isn't stored.
        let current =
            approval.changes.isEmpty ? present : approval.changes.compactMap { $0.previous }.first ?? []
        return ToolImpactForm.Record(
            name: approval.tool.exposedName,
            isWaiting: approval.wasQuarantined || !approval.changes.isEmpty,
            sinceMs: sinceMs,
            impact: ToolImpact(of: tree(present), over: tree(current), on: recorded),
            faults: recorded.faults
        )
    }

    private static func tree(_ definition: [UInt8]) -> JSONValue {
        let parsed = Result { () throws(JSONError) in try JSONValue(parsing: definition.span) }
        return if case .success(let value) = parsed { value } else { .null }
    }
}

/// The JSON form of an impact; docs/cli-json.md describes it.
package struct ToolImpactForm: Form {
    package struct Record: Sendable {
        let name: String
        let isWaiting: Bool
        let sinceMs: Int64
        let impact: ToolImpact
        let faults: [String]
    }

    package static let component: String? = "ToolImpact"

    package let name = Member("name", .text(1...512, "what agents call it"), \Record.name)
    package let waiting = Member(
        "waiting",
        .truth("whether a definition waits for an approval; else it's of the one in force"),
        \Record.isWaiting
    )
    package let sinceMs = Member("sinceMs", .moment, \Record.sinceMs)
    package let calls = Member(
        "calls",
        .count(0...JSONInteger.max, "that ended well, and were looked at"),
        \Record.impact.calls
    )
    package let fitting = Member("fitting", .count(0...JSONInteger.max, "that fit"), \Record.impact.fitting)
    package let refused = Member(
        "refused",
        .count(0...JSONInteger.max, "that would be refused for certain"),
        \Record.impact.refused
    )
    package let open = Member(
        "open",
        .count(0...JSONInteger.max, "of which it can't be told, as values aren't recorded"),
        \Record.impact.open
    )
    package let callsWithoutShape = Member(
        "callsWithoutShape",
        .count(0...JSONInteger.max, "that aren't looked at, as the shape of their arguments wasn't recorded"),
        \Record.impact.callsWithoutShape
    )
    package let failedCalls = Member(
        "failedCalls",
        .count(0...JSONInteger.max, "that aren't looked at, as they failed"),
        \Record.impact.failedCalls
    )
    package let tenantsRefused = Member(
        "tenantsRefused",
        .count(0...JSONInteger.max, "that have calls among the refused"),
        \Record.impact.tenantsRefused
    )
    package let tenants = Member(
        "tenants",
        listOf: ImpactTenantForm.self,
        summary: "those with refused calls first",
        \Record.impact.tenants
    )
    package let rules = Member("rules", listOf: ImpactRuleForm.self, \Record.impact.rules)
    package let examples = Member(
        "examples",
        listOf: ImpactExampleForm.self,
        summary: "shapes of arguments, those that would be refused first",
        \Record.impact.examples
    )
    package let faults = Member(
        "faults",
        .list(.text, max: 10_000, "files of records that can't be read"),
        \Record.faults
    )

    package init() {}
}

package struct ImpactTenantForm: Form {
    package typealias Record = ToolImpact.Tenant

    package let tenant = Member("tenant", .text(0...1_024, "its name then"), \Record.name)
    package let calls = Member("calls", .count, \Record.calls)
    package let refused = Member("refused", .count, \Record.refused)
    package let open = Member("open", .count, \Record.open)
    package let lastRefusedAtMs = Member("lastRefusedAtMs", .moment, \Record.lastRefusedAtMs)

    package init() {}
}

package struct ImpactRuleForm: Form {
    package typealias Record = ToolImpact.Rule

    package let path = Member(
        "path",
        .text(0...65_536, "a JSON pointer into the arguments, * for any element; empty for the whole"),
        \Record.path
    )
    package let keyword = Member("keyword", .text(1...256, "of JSON Schema"), \Record.keyword)
    package let certain = Member(
        "certain",
        .truth("whether it refuses these calls; else it asks for values"),
        \Record.isCertain
    )
    package let calls = Member("calls", .count, \Record.calls)

    package init() {}
}

package struct ImpactExampleForm: Form {
    package typealias Record = ToolImpact.Example

    package let shape = Member("shape", .text(0...65_536, "members and their types"), \Record.shape)
    package let verdict = Member("verdict", .word(of: ToolImpact.Verdict.self), \Record.verdict.rawValue)
    package let calls = Member("calls", .count, \Record.calls)
    package let lastAtMs = Member("lastAtMs", .moment, \Record.lastAtMs)

    package init() {}
}
