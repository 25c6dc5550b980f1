import Contracts
import Control
import JSON
import MCP
import Policy
package import REST
package import Store

/// The JSON form of a target; docs/cli-json.md describes it.
package struct TargetForm: ListedForm {
    package typealias Record = TargetRecord

    package static let component: String? = "Target"
    package static let plural = "targets"
    package static let names = ["name"]

    package static func revision(of target: TargetRecord) -> Int64? { target.revision }

    package let name = Member("name", .name, \Record.name.text)
    package let function = Member(
        "function",
        .text(1...512, "null when each of its tools has its own"),
        { (target: Record) in target.spec.function.isEmpty ? nil : target.spec.function }
    )
    let qualifier = Member("qualifier", .text, \Record.spec.qualifier)
    let region = Member("region", .text, \Record.spec.region)
    let endpoint = Member("endpoint", .text, \Record.spec.endpoint)
    package let contract = Member("contract", .text, \Record.spec.contractWord)
    let listRequest = Member(
        "listRequest",
        .text(1...4_096, "what its function is sent to list its tools; null when they are declared"),
        { (target: Record) in
            let invoke = target.spec.invoke
            let http = HTTPExchange(address: HTTPAddress(path: invoke.httpPath, host: invoke.httpHost))
            return target.spec.toolsJSON == nil && target.spec.unknownContract == nil
                ? target.spec.contract.listPayload(over: http) : nil
        }
    )
    package let approval = Member("approval", .word(of: Approval.self), \Record.spec.approval.rawValue)
    let pinDefinitions = Member(
        "pinDefinitions",
        .truth("whether approvals are bound to the definitions of their time"),
        \Record.pinsDefinitions
    )
    let allowHidden = Member(
        "allowHidden",
        .truth("whether its tools may hold characters that a reader can't see"),
        \Record.spec.allowsHidden
    )
    let serves = Member(
        "serves",
        .list(
            .oneOf(ServedFamily.allCases.map { $0.rawValue }),
            max: ServedFamily.allCases.count,
            "what its function serves, as declared; empty when it is asked"
        ),
        { (target: Record) in (target.spec.serves ?? []).map { $0.rawValue } }
    )
    package let enabled = Member("enabled", .truth, \Record.isEnabled)
    let timeoutMs = Member("timeoutMs", .count, \Record.spec.timeoutMs)
    let roleARN = Member("roleArn", .text, \Record.spec.invoke.role?.arn)
    let externalID = Member("externalId", .text, \Record.spec.invoke.role?.externalID)
    let sessionName = Member("sessionName", .text, \Record.spec.invoke.role?.sessionName)
    let route = Member(
        "route",
        .counts(
            0...VersionRoute.weightMax,
            max: 2,
            "versions or aliases that share the calls, and their weights"
        ),
        \Record.spec.invoke.route?.weights
    )
    let logTail = Member("logTail", .word(of: LogTailChoice.self), \Record.spec.invoke.logTail.rawValue)
    let callerIdentity = Member(
        "callerIdentity",
        .word(of: CallerIdentityPlace.self),
        \Record.spec.invoke.callerIdentity.rawValue
    )
    let httpPath = Member("httpPath", .text, \Record.spec.invoke.httpPath)
    let httpHost = Member("httpHost", .text, \Record.spec.invoke.httpHost)
    let tenantIsolation = Member(
        "tenantIsolation",
        .truth("whether its functions are in Lambda's tenant isolation mode"),
        \Record.spec.invoke.tenantIsolation
    )
    let architecture = Member(
        "architecture",
        .word(of: Architecture.self, "what its functions run on; null is charged as x86_64"),
        { (target: Record) in target.spec.invoke.architecture?.rawValue }
    )
    let memoryMB = Member(
        "memoryMb",
        .count(InvokeSettings.memoryBounds, "the memory of its functions, until Lambda has reported it"),
        \Record.spec.invoke.memoryMB
    )
    let streaming = Member(
        "streaming",
        .truth("whether its functions stream their answers"),
        \Record.spec.invoke.streaming
    )
    let toolTimeoutsMs = Member(
        "toolTimeoutsMs",
        .counts(
            TargetSpec.timeoutBoundsMs,
            max: InvokeSettings.toolTimeoutsMax,
            "timeouts of single tools, by the target's own names, in place of the target's"
        ),
        \Record.spec.invoke.toolTimeoutsMs
    )
    let recordArguments = Member(
        "recordArguments",
        .word(of: RecordedArguments.self, "whether arguments and results of its calls are recorded"),
        \Record.spec.recording.arguments.rawValue
    )
    let redact = Member(
        "redact",
        .list(
            .text(1...RecordingSettings.pointerBytesMax),
            max: RecordingSettings.pointersMax,
            "JSON pointers to what is replaced in recorded arguments and results"
        ),
        \Record.spec.recording.redact
    )
    let description = Member("description", .text, \Record.spec.description)
    let declaredTools = Member("declaredTools", .truth, { (target: Record) in target.spec.toolsJSON != nil })
    let source = Member("source", .oneOf(["cli", "file", "discovery"]), \Record.source.rawValue)
    let discovery = Member(
        "discovery",
        .text(1...64, "the discovery that found its functions and keeps it"),
        \Record.discovery
    )
    let file = Member("file", .text, \Record.spec.filePath)
    package let tools = Member(
        "tools",
        .count(0...JSONInteger.max, "how many it has in the catalog"),
        \Record.toolCount
    )
    let prompts = Member(
        "prompts",
        .count(0...JSONInteger.max, "how many it has in the catalog"),
        \Record.counts.prompts
    )
    let resources = Member(
        "resources",
        .count(0...JSONInteger.max, "how many it has in the catalog"),
        \Record.counts.resources
    )
    let resourceTemplates = Member(
        "resourceTemplates",
        .count(0...JSONInteger.max, "how many it has in the catalog"),
        \Record.counts.templates
    )
    let refusedTools = Member(
        "refusedTools",
        .count(0...JSONInteger.max, "how many it lists that are not served"),
        \Record.health.tools.refusedCount
    )
    let changedTools = Member(
        "changedTools",
        .count(0...JSONInteger.max, "how many are served otherwise than it sent them"),
        \Record.health.tools.changedCount
    )
    let aliases = Member(
        "aliases",
        listOf: TargetAliasForm.self,
        summary: "by the target's own names",
        \Record.aliases
    )
    let createdAtMs = Member("createdAtMs", .moment, \Record.createdAtMs)
    let updatedAtMs = Member("updatedAtMs", .moment, \Record.updatedAtMs)
    package let refreshedAtMs = Member("refreshedAtMs", .moment, \Record.health.refreshedAtMs)
    let lastDurationMs = Member("lastDurationMs", .count, \Record.health.lastDurationMs)
    package let lastError = Member("lastError", .text, \Record.health.lastError)
    let lastErrorAtMs = Member("lastErrorAtMs", .moment, \Record.health.lastErrorAtMs)
    let nextRefreshAtMs = Member("nextRefreshAtMs", .moment, \Record.health.nextRefreshAtMs)
    package let fileFaults = Member(
        "fileFaults",
        .list(
            .text,
            max: 10_000,
            "what is wrong with its file now; what it declared before is in force"
        ),
        \Record.fileFaults
    )
    let revision = Member("revision", .integer, \Record.revision)

    package init() {}

    /// `TargetStandingForm` adds the columns about the target's state.
    static let columns: [Column<TargetForm>] = [
        Column("NAME", \.name),
        Column("TOOLS", \.tools),
        .age("REFRESHED", \.refreshedAtMs),
        Column("CONTRACT", \.contract).yields(.third),
        Column("APPROVAL", \.approval).yields(.third),
        Column("FUNCTION", \.function).yields(.second),
    ]

    static let details: [Column<TargetForm>] = [
        Column("name", \.name),
        Column("function") { Cell($0.function ?? "each tool's own") },
        Column("qualifier", \.qualifier),
        Column("region", \.region),
        Column("endpoint", \.endpoint),
        Column("contract", \.contract),
        Column("role", \.roleARN),
        Column("external id", \.externalID),
        Column("session name", \.sessionName),
        Column("route") { target in
            Cell(target.route.map { VersionRoute(weights: $0)?.text ?? "" })
        },
        Column("log tail") { Cell($0.logTail == LogTailChoice.off.rawValue ? nil : $0.logTail) },
        Column("caller's identity") {
            Cell($0.callerIdentity == CallerIdentityPlace.none.rawValue ? nil : $0.callerIdentity)
        },
        Column("HTTP path", \.httpPath),
        Column("HTTP host", \.httpHost),
        Column("tenant isolation") { Cell($0.tenantIsolation ? "yes" : nil) },
        Column("architecture", \.architecture),
        Column("memory") { Cell($0.memoryMB.map { "\($0) MB" }) },
        Column("streaming") { Cell($0.streaming ? "yes" : nil) },
        Column("records arguments") {
            Cell($0.recordArguments == RecordedArguments.none.rawValue ? nil : $0.recordArguments)
        },
        Column("redacts") { Cell($0.redact, separator: " ") },
        Column("approval", \.approval),
        Column("pins definitions", \.pinDefinitions),
        Column("allows hidden", \.allowHidden),
        Column("timeout") { .text("\($0.timeoutMs) ms") },
        Column("tools' timeouts") { target in
            let timeouts = target.toolTimeoutsMs.sorted { $0.key < $1.key }
            return Cell(timeouts.map { "\($0.key) \($0.value) ms" }, separator: "; ")
        },
        Column("description", \.description),
        Column("declared") {
            $0.source == "file"
                ? Cell($0.file) : .text($0.discovery.map { "by the discovery \($0)" } ?? "by command")
        },
        Column("tools") { .text($0.declaredTools ? "\($0.tools), declared" : "\($0.tools)") },
        Column("prompts") { Cell($0.prompts > 0 ? "\($0.prompts)" : nil) },
        Column("resources") { target in
            Cell(target.resources > 0 ? "\(target.resources)" : nil)
        },
        Column("resource templates") { target in
            Cell(target.resourceTemplates > 0 ? "\(target.resourceTemplates)" : nil)
        },
        Column("serves") { Cell($0.serves, separator: " ") },
        Column("created", \.createdAtMs),
        Column("updated", \.updatedAtMs),
        Column("refreshed", \.refreshedAtMs),
        Column("last error", \.lastError),
        Column("last error at", \.lastErrorAtMs),
        Column("asked again") { $0.nextRefreshAtMs.map { .moment($0) } ?? .nothing },
        Column("faults in its file") { Cell($0.fileFaults, separator: "; ") },
    ]
}

struct TargetAliasForm: Form {
    typealias Record = ToolAlias

    let tool = Member(
        "tool",
        .text(1...256, "what the target calls it, whether it lists it or not"),
        \Record.tool
    )
    let alias = Member("alias", .text(1...128), \Record.name)
    let source = Member("source", .oneOf(["cli", "file"]), \Record.source.rawValue)
}

package struct TargetFileFaultForm: ListedForm {
    package typealias Record = TargetFileFault

    package static let component: String? = "TargetFileFault"
    package static let plural = "faults"

    package let target = Member(
        "target",
        .text(0...1_024, "as its folder is called; null for the folder of all"),
        { (fault: Record) in fault.target.isEmpty ? nil : fault.target }
    )
    package let faults = Member(
        "faults",
        .list(.text, max: 10_000, "each with file, line and key"),
        \Record.faults
    )
    let sinceMs = Member("sinceMs", .moment, \Record.sinceMs)

    package init() {}
}

/// The JSON form of a target that was removed.
struct RemovedTargetForm: Form {
    static let names = ["name"]

    typealias Record = Store::TargetName

    let name = Member("name", .text, \Record.text)
    let removed = Member("removed", .truth, { (_: Record) in true })
}
