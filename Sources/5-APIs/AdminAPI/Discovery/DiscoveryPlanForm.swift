import Contracts
package import Control
import Policy
package import REST
import Store

// The JSON forms of a discovery's plan; docs/cli-json.md describes them.

package struct DiscoveriesForm: Form {
    package typealias Record = [DiscoveryRun.Report]

    package let discoveries = Member("discoveries", listOf: DiscoveryReportForm.self, \Record.self)

    package init() {}
}

package struct DiscoveryReportForm: Form {
    package typealias Record = DiscoveryRun.Report

    package static let component: String? = "DiscoveryReport"

    package let name = Member("name", .text, \Record.plan.name)
    package let applied = Member("applied", .truth("whether it is in the store now"), \Record.isApplied)
    package let error = Member("error", .text, \Record.error)
    package let doubted = Member(
        "doubted",
        .truth("whether more than half wasn't found; this is confirmed before anything is removed"),
        \Record.plan.isDoubted
    )
    package let regions = Member("regions", listOf: DiscoveryRegionForm.self, max: 100, \Record.plan.places)
    package let targets = Member("targets", listOf: PlannedTargetForm.self, \Record.plan.targets)
    package let functions = Member("functions", listOf: PlannedFunctionForm.self, \Record.plan.functions)

    package init() {}
}

package struct DiscoveryRegionForm: Form {
    package typealias Record = DiscoveryPlan.Place

    package let region = Member("region", .text, \Record.region)
    package let functions = Member(
        "functions",
        .count(0...JSONInteger.max, "how many there have names that are meant"),
        \Record.functionCount
    )
    package let error = Member("error", .text, \Record.error)

    package init() {}
}

package struct PlannedTargetForm: Form {
    package typealias Record = DiscoveryPlan.Target

    package let name = Member("name", .text, \Record.name.text)
    package let change = Member(
        "change",
        .word(of: DiscoveryPlan.Target.Change.self),
        \Record.change.rawValue
    )
    package let contract = Member("contract", .text, \Record.spec.contract.rawValue)
    package let approval = Member("approval", .text, \Record.spec.approval.rawValue)
    package let functions = Member("functions", .count) { (target: Record) in target.functions.count }

    package init() {}
}

package struct PlannedFunctionForm: Form {
    package typealias Record = DiscoveryPlan.Function

    package static let component: String? = "PlannedFunction"

    package let function = Member("function", .text(0...4_194_304, "its ARN"), \Record.arn)
    package let name = Member("name", .text, \Record.name)
    package let region = Member("region", .text, \Record.region)
    let account = Member("account", .text, \Record.account)
    package let state = Member(
        "state",
        .oneOf(["new", "changed", "unchanged", "missing", "removed", "left_out"]),
        \Record.state.word
    )
    package let reason = Member(
        "reason",
        .text(0...4_194_304, "why it is left out or removed"),
        \Record.state.reason
    )
    let missingSinceMs = Member("missingSinceMs", .moment, \Record.state.sinceMs)
    package let removedAtMs = Member("removedAtMs", .moment, \Record.state.untilMs)
    package let target = Member("target", .text, { (function: Record) in function.target?.text })
    package let tool = Member(
        "tool",
        .text(0...4_194_304, "what agents call it by; null where the function lists its tools itself"),
        \Record.exposedName
    )
    package let contract = Member("contract", .text, { (function: Record) in function.contract?.rawValue })
    let contractFrom = Member(
        "contractFrom",
        .text(0...64, "tag, setting or kept"),
        { (function: Record) in function.contractReason?.rawValue }
    )
    package let approval = Member("approval", .text, { (function: Record) in function.approval?.rawValue })
    let approvalFrom = Member(
        "approvalFrom",
        .text(0...64, "tag, setting, tag_limited or kept"),
        { (function: Record) in function.approvalReason?.rawValue }
    )
    package let schema = Member(
        "schema",
        .text(0...64, "registry, open, kept, or asked of the function"),
        { (function: Record) in function.schema?.word }
    )
    let schemaNote = Member(
        "schemaNote",
        .text(0...4_194_304, "the schema's ARN, or why there is none"),
        { (function: Record) in function.schema?.note }
    )
    package let notes = Member("notes", .list(.text, max: 100), \Record.notes)

    package init() {}
}

extension DiscoveryPlan.Function.State {
    fileprivate var reason: String? {
        switch self {
        case .leftOut(let why), .removed(let why): why
        default: nil
        }
    }

    fileprivate var sinceMs: Int64? { if case .missing(let sinceMs, _) = self { sinceMs } else { nil } }
    fileprivate var untilMs: Int64? { if case .missing(_, let untilMs) = self { untilMs } else { nil } }
}

package struct EndedDiscoveryForm: Form {
    package typealias Record = EndedDiscovery

    package let name = Member("name", .text, \Record.name)
    package let targets = Member(
        "targets",
        .list(.text, max: 100_000, "those that were removed"),
        \Record.targets
    )

    package init() {}
}
