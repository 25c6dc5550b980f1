import Contracts
package import Control
package import REST
import Store

/// The JSON form of the result of testing a target.
package struct TargetTrialForm: Form {
    package typealias Record = TargetTrial

    package static let component: String? = "TargetTrial"

    package let name = Member("name", .text, \Record.name)
    package let ok = Member("ok", .truth, { (trial: Record) in trial.error == nil })
    package let contract = Member("contract", .text, \Record.contract.rawValue)
    package let event = Member(
        "event",
        .word(of: TargetTrial.Event.self, "what was sent to the function"),
        \Record.event.rawValue
    )
    package let tool = Member("tool", .text(0...256, "that was called"), \Record.tool)
    package let durationMs = Member("durationMs", .count, \Record.durationMs)
    package let pages = Member("pages", .count, { (trial: Record) in trial.listing?.pageCount ?? 0 })
    package let tools = Member("tools", .list(.text)) { (trial: Record) in
        (trial.listing?.tools ?? []).map { $0.name }
    }
    package let refused = Member("refused", listOf: RefusedToolForm.self) { (trial: Record) in
        trial.listing?.refused ?? []
    }
    package let notes = Member("notes", listOf: NotedToolForm.self) { (trial: Record) in
        trial.listing?.noted ?? []
    }
    package let shape = Member("shape", .text(0...200, "what answered"), \Record.shape)
    package let excerpt = Member(
        "excerpt",
        .text(0...2_000, "the answer's beginning; what may be a credential is cut out"),
        \Record.excerpt
    )
    package let functionsAllowed = Member(
        "functionsAllowed",
        .count(0...1_000_000, "of the target's functions, where several were asked about"),
        \Record.functionsAllowed
    )
    package let invocation = Member(
        "invocation",
        AttemptForm.self,
        summary: "how it went with Lambda; null when Lambda wasn't asked",
        ifAny: \Record.attempt
    )
    package let error = Member("error", .text, \Record.error)

    package init() {}
}

/// The JSON form of sending one event to Lambda.
package struct AttemptForm: Form {
    package typealias Record = FunctionAttempt

    package static let component: String? = "TrialInvocation"

    package let function = Member("function", .text, \Record.function)
    package let qualifier = Member("qualifier", .text, \Record.qualifier)
    package let permission = Member(
        "permission",
        .oneOf(["allowed", "denied", "unknown", "unasked"], "what a DryRun said before anything was sent"),
        { (attempt: Record) in attempt.permission.word }
    )
    package let permissionCode = Member(
        "permissionCode",
        .text(0...128, "AWS's code of a denial"),
        { (attempt: Record) in attempt.permission.code }
    )
    package let permissionError = Member(
        "permissionError",
        .text(0...4_096, "why it isn't allowed, or isn't known, and what to grant"),
        { (attempt: Record) in attempt.permission.error?.description }
    )
    package let status = Member("status", .count(0...999, "of Lambda's answer"), \Record.status)
    package let sentBytes = Member(
        "sentBytes",
        .count(0...JSONInteger.max, "of the payload"),
        \Record.sentBytes
    )
    package let clientContextBytes = Member(
        "clientContextBytes",
        .count(0...JSONInteger.max, "of the client context's JSON"),
        \Record.clientContextBytes
    )
    package let receivedBytes = Member(
        "receivedBytes",
        .count(0...JSONInteger.max, "of the answer's payload"),
        \Record.receivedBytes
    )
    package let roundTripUs = Member(
        "roundTripUs",
        microseconds("from the event to its answer"),
        \Record.roundTripUs
    )
    package let durationUs = Member("durationUs", microseconds("of the handler"), \Record.durationUs)
    package let initUs = Member("initUs", microseconds("of a cold start"), \Record.initUs)
    package let billedMs = Member(
        "billedMs",
        .count(0...JSONInteger.max, "that Lambda bills"),
        \Record.billedMs
    )
    package let memoryMB = Member(
        "memoryMB",
        .count(0...JSONInteger.max, "that the function has"),
        \Record.memoryMB
    )
    package let memoryUsedMB = Member(
        "memoryUsedMB",
        .count(0...JSONInteger.max, "that it used at most"),
        \Record.memoryUsedMB
    )
    package let executedVersion = Member(
        "executedVersion",
        .text(0...128, "that ran"),
        \Record.executedVersion
    )
    package let requestID = Member(
        "requestId",
        .text(0...1_024, "what a log is searched for"),
        \Record.requestID
    )

    package init() {}

    private static func microseconds(_ summary: String) -> Coding<Int> {
        .count(0...JSONInteger.max, "microseconds \(summary)")
    }
}

extension FunctionAttempt.Permission {
    fileprivate var word: String {
        switch self {
        case .allowed: "allowed"
        case .denied: "denied"
        case .unknown: "unknown"
        case .unasked: "unasked"
        }
    }

    fileprivate var code: String? {
        if case .denied(let code, _) = self { code } else { nil }
    }
}
