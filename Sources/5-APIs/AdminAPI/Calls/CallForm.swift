import Bytes
import Control
import JSON
package import Records
package import REST
import Telemetry

/// The JSON form of a recorded call; docs/cli-json.md describes it.
package struct CallForm: ListedForm {
    package typealias Record = RecordedCall

    package static let component: String? = "Call"
    package static let plural = "calls"
    package static let names = ["id"]

    package let id = Member(
        "id",
        .text(36...36, "the gateway's; that of the agent's error texts too"),
        \Record.id
    )
    package let atMs = Member("atMs", .moment, \Record.atMs)
    package let tenant = Member("tenant", .text(0...1_024, "its name then"), \Record.tenant)
    package let key = Member("key", .text(0...256, "its prefix; null for an access token"), \Record.key)
    package let subject = Member("subject", .text(0...65_536, "of the access token"), \Record.subject)
    package let target = Member(
        "target",
        .text(0...1_024, "its name then; null for a tool that wasn't there"),
        \Record.target
    )
    package let tool = Member("tool", .text(0...65_536, "as the agent called it"), \Record.exposedName)
    package let ownName = Member("ownName", .text(0...65_536, "what the target calls the tool"), \Record.tool)
    package let outcome = Member(
        "outcome",
        .oneOf(CallOutcome.allCases.map { $0.label }),
        { (call: Record) in call.outcome.label }
    )
    package let code = Member("code", .text(0...65_536, "what went wrong; null for nothing"), \Record.code)
    package let durationUs = Member("durationUs", .count, \Record.durationUs)
    package let gatewayUs = Member(
        "gatewayUs",
        .count(0...JSONInteger.max, "of durationUs: what the gateway took"),
        \Record.gatewayUs
    )
    package let functionUs = Member(
        "functionUs",
        .count(
            0...JSONInteger.max,
            "of durationUs: until the function's answer was whole; null when it wasn't asked"
        ),
        \Record.functionUs
    )
    package let attempts = Member(
        "attempts",
        .count(0...65_535, "how often the function was asked"),
        { (call: Record) in Int(call.record.attempts) }
    )
    package let bytesIn = Member("bytesIn", .count, { (call: Record) in Int(call.record.bytesIn) })
    package let bytesOut = Member("bytesOut", .count, { (call: Record) in Int(call.record.bytesOut) })
    package let client = Member(
        "client",
        .text(0...65_536, "name and version, as it says itself"),
        \Record.client
    )
    package let revision = Member(
        "revision",
        .text(0...100, "of MCP, that the client spoke"),
        \Record.revision
    )
    package let lambdaRequestID = Member(
        "lambdaRequestId",
        .text(36...36, "by which CloudWatch's logs are searched"),
        { (call: Record) in call.record.lambdaRequestID.isNone ? nil : call.record.lambdaRequestID.uuid }
    )
    package let traceID = Member(
        "traceId",
        .text(32...32),
        { (call: Record) in call.record.traceID.isNone ? nil : call.record.traceID.hex }
    )
    package let executedVersion = Member("executedVersion", .text(0...65_536), \Record.executedVersion)
    package let coldStart = Member(
        "coldStart",
        .truth("null where Lambda reported nothing"),
        \Record.isColdStart
    )
    package let billedMs = Member(
        "billedMs",
        .count,
        { (call: Record) in call.reported(call.record.billedMs) }
    )
    package let memoryMB = Member(
        "memoryMB",
        .count,
        { (call: Record) in call.reported(call.record.memorySizeMB) }
    )
    package let memoryUsedMB = Member(
        "memoryUsedMB",
        .count,
        { (call: Record) in call.reported(call.record.memoryUsedMB) }
    )
    package let costNanoUSD = Member(
        "costNanoUSD",
        .integer(0...JSONInteger.max, "billionths of a US dollar; null without a price"),
        \Record.costNanoUSD
    )
    package let measured = Member(
        "measured",
        .truth("whether costNanoUSD is from Lambda's own figures, else it's an estimate"),
        { (call: Record) in call.record.flags.contains(.isReported) }
    )

    package init() {}
}

/// A page of calls.
package struct CallsForm: Form {
    package struct Record: Sendable {
        let found: FoundCalls
        let page: Page
    }

    package static let names = CallForm.names

    package let calls = Member("calls", listOf: CallForm.self, max: Page.limitMax, \Record.found.calls)
    package let nextCursor = Member(
        "nextCursor",
        .text(1...2_048, "sent back as `cursor` for the next page"),
        { (answer: Record) in answer.page.listing([RecordedCall](), next: answer.found.next).nextCursor }
    )
    package let last = Member(
        "last",
        .text(1...1_024, "the place after all that is stored by now; `after` for what comes later"),
        \Record.found.last
    )
    package let faults = Member(
        "faults",
        .list(.text, max: 1_000, "files of records that could not be read, and what to do"),
        \Record.found.faults
    )

    package init() {}
}

/// One call in full.
package struct CallDetailsForm: Form {
    package struct Record: Sendable {
        var call: RecordedCall
        /// The ids of the other calls that the requested id also stands for.
        let others: [String]
    }

    package static let component: String? = "CallDetails"
    package static let names = ["id"]

    package let call = Included(CallForm.self, \Record.call)
    package let definition = Member(
        "definitionSha256",
        .text(64...64, "of the tool's definition at that time"),
        { (details: Record) in details.call.definitionSHA256?.hex }
    )
    package let argumentsSHA256 = Member(
        "argumentsSha256",
        .text(64...64, "of the arguments as the agent sent them; null when it wasn't taken"),
        { (details: Record) in details.call.record.argumentsSHA256.taken?.hex }
    )
    package let resultSHA256 = Member(
        "resultSha256",
        .text(64...64, "of the result as the agent got it; null when it wasn't taken"),
        { (details: Record) in details.call.record.resultSHA256.taken?.hex }
    )
    package let shape = Member(
        "shape",
        .text(0...65_536, "of the arguments, without values"),
        \Record.call.shape
    )
    package let arguments = Member(
        "arguments",
        .text(0...1_048_576, "JSON as far as the target lets it be recorded; null for a viewer"),
        \Record.call.arguments
    )
    package let result = Member(
        "result",
        .text(0...1_048_576, "JSON as far as the target lets it be recorded; null for a viewer"),
        \Record.call.result
    )
    package let initUs = Member(
        "initUs",
        .count,
        { (details: Record) in details.call.reported(details.call.record.initUs) }
    )
    package let sampled = Member(
        "sampled",
        .truth("whether its trace was exported"),
        { (details: Record) in details.call.record.flags.contains(.isSampled) }
    )
    package let others = Member(
        "others",
        .list(.text, max: 100, "ids of more calls of the trace that was asked for"),
        \Record.others
    )

    package init() {}
}
