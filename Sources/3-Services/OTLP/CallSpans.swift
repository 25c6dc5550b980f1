import Bytes
import MCP
package import Telemetry
import Tracing

/// The spans of calls, made from the calls' records after the calls have ended.
///
///     tools/call crm___find            SERVER: the whole call, under the caller's span
///       authorization                  the tool was looked up, and whether the caller may call it
///       limits                         it was taken from the limits
///       crm-function                   CLIENT: a request to Lambda, another one for each time that it was sent
///
/// Names are those of OpenTelemetry's conventions for MCP, for FaaS and for AWS; what they don't have begins with `mcp_gateway.`.
/// Source: open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md; semantic-conventions, docs/faas/faas-spans.md and
/// docs/cloud-providers/aws-sdk.md
package struct CallSpans: Sendable {
    /// The region of functions whose target names none; nil when it isn't known.
    package var defaultRegion: String?

    package init(defaultRegion: String? = nil) { self.defaultRegion = defaultRegion }

    /// How many spans a call has.
    package static func count(of record: CallRecord) -> Int {
        var count = 1
        if record.tool >= 0 { count += record.hasLimitsApart ? 2 : 1 }
        if record.attempts > 0 { count += record.resentUs > 0 ? 2 : 1 }
        return count
    }

    package func append(_ record: CallRecord, of batch: borrowing CallBatch, to spans: inout [Span]) {
        let call = Call(record, batch)
        spans.append(call.server)
        guard let tool = call.tool else { return }
        let isApart = record.hasLimitsApart
        let resolved = isApart ? record.resolvedUs : record.authorizedUs
        spans.append(call.step("authorization", 2, from: 0, to: resolved))
        if isApart { spans.append(call.step("limits", 3, from: resolved, to: record.authorizedUs)) }
        guard record.attempts > 0 else { return }
        if record.resentUs > 0 {
            spans.append(request(call, tool, 1, from: record.sentUs, to: record.resentUs))
        }
        let from = record.resentUs > 0 ? record.resentUs : record.sentUs
        spans.append(request(call, tool, CallTrace.requestNumber, from: from, to: record.answeredUs))
    }

    /// One request to the function: the one that it answered, or one before, which was refused and sent again.
    private func request(
        _ call: Call,
        _ tool: CallNames.Tool,
        _ number: Int,
        from: UInt32,
        to: UInt32
    ) -> Span {
        let record = call.record
        let name = FunctionPlace(tool.function)
        var span = call.span(name.name, .client, number, from: from, to: to)
        span.add("faas.invoked_name", name.name)
        span.add("faas.invoked_provider", "aws")
        span.add("faas.invoked_region", tool.region ?? name.region ?? defaultRegion)
        span.add("rpc.system", "aws-api")
        span.add("rpc.service", "Lambda")
        span.add("rpc.method", "Invoke")
        span.add("mcp_gateway.target", call.target)
        guard number == CallTrace.requestNumber else {
            span.failure = "refused before the function ran, and sent again"
            span.add("error.type", "sent_again")
            return span
        }
        if record.attempts > 1 { span.add("http.request.resend_count", Int64(record.attempts) - 1) }
        if !record.lambdaRequestID.isNone {
            span.add("aws.request_id", record.lambdaRequestID.uuid)
            span.add("faas.invocation_id", record.lambdaRequestID.uuid)
        }
        span.add("faas.version", call.text(record.executedVersion))
        if record.flags.contains(.isReported) {
            let isCold = record.flags.contains(.isColdStart)
            span.attributes.append(.init("faas.coldstart", .yes(isCold)))
            span.add("mcp_gateway.billed_ms", Int64(record.billedMs))
            span.add("faas.max_memory", Int64(record.memorySizeMB) << 20)
            span.add("mcp_gateway.memory_used", Int64(record.memoryUsedMB) << 20)
            if isCold {
                let initTime = Span.Attribute("mcp_gateway.init_ms", .number(Double(record.initUs) / 1_000))
                span.events = [.init(name: "cold start", atUs: span.startUs, attributes: [initTime])]
            }
        }
        if let failure = call.failure, call.isFunctionsFault {
            span.failure = failure
            span.add("error.type", call.code)
        }
        return span
    }
}

extension CallRecord {
    /// Whether the time for the limits is known apart from the look-up of the tool: only for sampled calls, and if it
    /// isn't 0.
    fileprivate var hasLimitsApart: Bool { resolvedUs > 0 && authorizedUs > resolvedUs }
}

/// One call with the texts that its record refers to.
private struct Call {
    let record: CallRecord
    let tool: CallNames.Tool?
    let target: String?
    let outcome: CallOutcome
    private let tenant: String?
    private let texts: [String]

    init(_ record: CallRecord, _ batch: borrowing CallBatch) {
        self.record = record
        let names = batch.names
        tool = names.tools.at(record.tool)
        target = tool.flatMap { names.targets.at($0.target) }
        tenant = names.tenants.at(record.tenant)
        texts = batch.texts
        outcome = CallOutcome(rawValue: Int(record.outcome)) ?? .refused
    }

    func text(_ position: Int32) -> String? { texts.at(position) }

    /// The machine-readable word for what went wrong.
    var code: String { text(record.code) ?? outcome.label }

    /// What went wrong, for people. The function's own words are in no record.
    var failure: String? {
        switch outcome {
        case .ok: nil
        case .toolError: "the tool answered with an error"
        case .functionError: "the function failed"
        case .timedOut: "no answer in time"
        case .throttled: "Lambda throttled the call"
        case .unreachable: "the function could not be called"
        case .badAnswer: "the function's answer can't be used"
        case .refused: "the call was refused before its function was asked"
        case .limited: "a limit is used up"
        case .tooBusy: "too many calls are under way"
        case .cancelled: "the caller went away"
        }
    }

    /// Whether the failure belongs to the request to the function.
    var isFunctionsFault: Bool {
        switch outcome {
        case .functionError, .timedOut, .throttled, .unreachable, .badAnswer, .cancelled: true
        case .ok, .toolError, .refused, .limited, .tooBusy: false
        }
    }

    var server: Span {
        // A name that no tool has is whatever a client wrote: each such name would make a series of its own.
        let kind = tool.map { CatalogKind(catalogName: $0.name) } ?? .tool
        let method = "\(kind.askMethod)"
        // A resource's name holds its URI, of which there may be thousands.
        let name =
            tool.flatMap { kind == .tool || kind == .prompt ? "\(method) \($0.exposedName)" : nil } ?? method
        var span = Span(
            traceID: record.traceID,
            spanID: record.spanID,
            parentSpanID: record.parentSpanID,
            name: name,
            kind: .server,
            startUs: record.startedAtUs,
            endUs: record.startedAtUs &+ Int64(record.endedUs)
        )
        span.isParentRemote = record.parentSpanID != 0
        span.isSampled = record.flags.contains(.isSampled)
        span.add("mcp.method.name", method)
        switch kind {
        case .tool:
            span.add("gen_ai.operation.name", "execute_tool")
            span.add("gen_ai.tool.name", tool?.exposedName ?? text(record.asked))
        case .prompt: span.add("gen_ai.prompt.name", tool?.exposedName)
        case .resource, .template, .instructions:
            span.add("mcp.resource.uri", tool.map { kind.ownName($0.name) })
        }
        span.add("mcp.protocol.version", CallNames.revisions.at(Int32(record.revision)))
        span.add("network.transport", "tcp")
        span.add("network.protocol.name", "http")
        span.add("mcp_gateway.call.id", record.id.isNone ? nil : record.id.uuid)
        span.add("mcp_gateway.tenant", tenant)
        span.add("mcp_gateway.target", target)
        span.add("mcp_gateway.client", text(record.client))
        span.add("mcp_gateway.outcome", outcome.label)
        span.add("http.request.body.size", Int64(record.bytesIn))
        span.add("http.response.body.size", Int64(record.bytesOut))
        if record.costNanoUSD > 0 {
            span.add("mcp_gateway.cost_nusd", record.costNanoUSD)
            span.attributes.append(
                .init("mcp_gateway.cost_measured", .yes(record.flags.contains(.isReported)))
            )
        }
        if let failure {
            span.failure = failure
            span.add("error.type", code)
            span.add("rpc.response.status_code", protocolCode)
        }
        return span
    }

    /// The code of the JSON-RPC error that the caller got; nil where it got a result, or it isn't in the record.
    private var protocolCode: String? {
        switch code {
        case "unknown_tool", "invalid_params": "-32602"
        case "header_mismatch": "-32020"
        case "rate_limited", "quota_exceeded", "budget_exceeded": "429"
        default: nil
        }
    }

    func step(_ name: String, _ number: Int, from: UInt32, to: UInt32) -> Span {
        span(name, .internal, number, from: from, to: to)
    }

    func span(_ name: String, _ kind: Span.Kind, _ number: Int, from: UInt32, to: UInt32) -> Span {
        var span = Span(
            traceID: record.traceID,
            spanID: SpanIDs.child(number, of: record.spanID),
            parentSpanID: record.spanID,
            name: name,
            kind: kind,
            startUs: record.startedAtUs &+ Int64(from),
            endUs: record.startedAtUs &+ Int64(max(from, to))
        )
        span.isSampled = record.flags.contains(.isSampled)
        return span
    }
}

/// The parts of a function's name or ARN. Source: Lambda API Reference, "Invoke", FunctionName
struct FunctionPlace {
    let name: String
    let region: String?

    /// - Parameter text: `name`, `name:qualifier`, `account:function:name`, or an ARN, which has the region.
    init(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let marker = parts.firstIndex(of: "function"), marker + 1 < parts.count else {
            name = parts.first.map { String($0) } ?? text
            region = nil
            return
        }
        name = String(parts[marker + 1])
        region = parts[0] == "arn" && marker >= 4 && !parts[3].isEmpty ? String(parts[3]) : nil
    }
}

extension Array {
    /// The element at a position that may be -1 for none.
    fileprivate func at(_ position: Int32) -> Element? {
        indices.contains(Int(position)) ? self[Int(position)] : nil
    }
}
