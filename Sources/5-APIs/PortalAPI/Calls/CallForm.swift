import Bytes
import Control
import Records
import REST
import Telemetry

/// The JSON form of a recorded call, for its tenant; docs/portal-api.md describes it.
struct CallForm: Form {
    typealias Record = RecordedCall

    static let component: String? = "Call"

    let id = Member("id", .text(36...36, "the gateway's; that of the agent's error texts too"), \Record.id)
    let atMs = Member("atMs", .moment, \Record.atMs)
    let key = Member("key", .text(0...256, "its prefix; null for an access token"), \Record.key)
    let subject = Member("subject", .text(0...65_536, "of the access token"), \Record.subject)
    let target = Member(
        "target",
        .text(0...1_024, "its name then; null for a tool that you didn't have"),
        \Record.target
    )
    let tool = Member("tool", .text(0...65_536, "as the agent called it"), \Record.exposedName)
    let outcome = Member(
        "outcome",
        .oneOf(CallOutcome.allCases.map { $0.label }),
        { (call: Record) in call.outcome.label }
    )
    let code = Member("code", .text(0...65_536, "what went wrong; null for nothing"), \Record.code)
    let durationUs = Member("durationUs", .count, \Record.durationUs)
    let functionUs = Member(
        "functionUs",
        .count(
            0...JSONInteger.max,
            "of durationUs: until the function's answer was whole; null when it wasn't asked"
        ),
        \Record.functionUs
    )
    let attempts = Member(
        "attempts",
        .count(0...65_535, "how often the function was asked"),
        { (call: Record) in Int(call.record.attempts) }
    )
    let bytesIn = Member("bytesIn", .count, { (call: Record) in Int(call.record.bytesIn) })
    let bytesOut = Member("bytesOut", .count, { (call: Record) in Int(call.record.bytesOut) })
    let client = Member("client", .text(0...65_536, "name and version, as it says itself"), \Record.client)
    let revision = Member("revision", .text(0...100, "of MCP, that the client spoke"), \Record.revision)
    let lambdaRequestID = Member(
        "lambdaRequestId",
        .text(36...36, "Lambda's id of the request"),
        { (call: Record) in call.record.lambdaRequestID.isNone ? nil : call.record.lambdaRequestID.uuid }
    )
    let traceID = Member(
        "traceId",
        .text(32...32),
        { (call: Record) in call.record.traceID.isNone ? nil : call.record.traceID.hex }
    )
    let coldStart = Member("coldStart", .truth("null where Lambda reported nothing"), \Record.isColdStart)
    let billedMs = Member("billedMs", .count, { (call: Record) in call.reported(call.record.billedMs) })
    let costNanoUSD = Member(
        "costNanoUSD",
        .integer(0...JSONInteger.max, "billionths of a US dollar; null without a price"),
        \Record.costNanoUSD
    )
    let measured = Member(
        "measured",
        .truth("whether costNanoUSD is from Lambda's own figures, else it's an estimate"),
        { (call: Record) in call.record.flags.contains(.isReported) }
    )
}

/// A page of calls.
struct CallsForm: Form {
    struct Record: Sendable {
        let found: FoundCalls
        let page: Page
    }

    let calls = Member("calls", listOf: CallForm.self, max: Page.limitMax, \Record.found.calls)
    let nextCursor = Member(
        "nextCursor",
        .text(1...2_048, "sent back as `cursor` for the next page"),
        { (answer: Record) in answer.page.listing([RecordedCall](), next: answer.found.next).nextCursor }
    )
    let last = Member(
        "last",
        .text(
            1...PlaceSeal.textMax,
            "the place after all that is stored by now; `after` for what comes later"
        ),
        \Record.found.last
    )
}

/// One call in full.
struct CallDetailsForm: Form {
    struct Record: Sendable {
        var call: RecordedCall
        /// The ids of the other calls that the requested id also stands for.
        let others: [String]
    }

    static let component: String? = "CallDetails"

    let call = Included(CallForm.self, \Record.call)
    let definition = Member(
        "definitionSha256",
        .text(64...64, "of the tool's definition at that time"),
        { (details: Record) in details.call.definitionSHA256?.hex }
    )
    let argumentsSHA256 = Member(
        "argumentsSha256",
        .text(64...64, "of the arguments as the agent sent them; null when it wasn't taken"),
        { (details: Record) in details.call.record.argumentsSHA256.taken?.hex }
    )
    let resultSHA256 = Member(
        "resultSha256",
        .text(64...64, "of the result as the agent got it; null when it wasn't taken"),
        { (details: Record) in details.call.record.resultSHA256.taken?.hex }
    )
    let arguments = Member(
        "arguments",
        .text(0...1_048_576, "JSON as far as it was recorded; null to another key than the call's"),
        \Record.call.arguments
    )
    let result = Member(
        "result",
        .text(0...1_048_576, "JSON as far as it was recorded; null to another key than the call's"),
        \Record.call.result
    )
    let others = Member(
        "others",
        .list(.text, max: 100, "ids of more calls of the trace that was asked for"),
        \Record.others
    )
}
