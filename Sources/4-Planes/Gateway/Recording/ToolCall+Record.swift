import Tracing
import Bytes
import Contracts
import EventLoop
import HTTP
import JSON
import MCP
import Policy
import RateLimit
package import Telemetry
import Text

/// How a call ended. Times are nanoseconds of the loop's clock.
struct CallEnd {
    let outcome: CallOutcome
    /// The machine-readable code of the failure; nil for a call that succeeded.
    let code: String?
    /// A position in the state's tools; nil when the call names no tool that the caller may call.
    let tool: Int?
    let endedAt: UInt64
    /// 0 for a call that wasn't sent.
    var sentAt: UInt64 = 0
    var answeredAt: UInt64 = 0

    init(_ outcome: CallOutcome, code: String?, tool: Int? = nil, at endedAt: UInt64) {
        self.outcome = outcome
        self.code = code
        self.tool = tool
        self.endedAt = endedAt
    }
}

// A call's record is begun with the call, filled when the function answers, and settled and handed on at the end.
extension ToolCall {
    /// Counts a request to the function, for the tool or for a session.
    func countAttempt() {
        if record.attempts > 0 {
            record.resentUs = UInt32(clamping: (EventLoop.currentNs &- startedAt) / 1_000)
        }
        record.attempts &+= 1
        // Drops what Lambda reported of the previous request, except that the function had to be started for this call.
        record.flags.remove(.isReported)
        (record.billedMs, record.memorySizeMB, record.memoryUsedMB) = (0, 0, 0)
    }

    /// Forgets Lambda's id of the request and the version that ran; the next answer has its own.
    func forgetAnswer() {
        record.lambdaRequestID = .none
        record.executedVersion = -1
    }

    /// Fills in what Lambda reported of the call.
    package func reported(_ report: ReportedCall) {
        record.flags.insert(.isReported)
        record.billedMs = UInt32(clamping: report.billedMs)
        record.memorySizeMB = UInt32(clamping: report.memorySizeMB)
        record.memoryUsedMB = UInt32(clamping: report.memoryUsedMB)
        guard let initUs = report.initUs else { return }
        record.flags.insert(.isColdStart)
        record.initUs = UInt32(clamping: initUs)
    }

    /// Notes whether the function ran and, for the tool's own invocation, Lambda's id of the request and the version.
    /// If the call goes on, the next answer replaces them.
    func note(_ outcome: borrowing UpstreamOutcome) {
        switch outcome {
        case .answered: execution = .ended
        case .failed(let failure):
            // A function that ran to open its session counts as having run.
            if failure.execution != .none || execution == .none { execution = failure.execution }
        }
        // Texts are positions in an open batch: the call must end in this turn of the loop, or must not keep them.
        forgetAnswer()
        guard let recorder = endpoint.recorder, isCallingTool else { return }
        let batch = recorder.batch(of: request.state.names)
        switch outcome {
        case .answered(let answer):
            let bytes = answer.bytes.span
            if let field = answer.fields.first(.lambdaRequestID) {
                record.lambdaRequestID = ID128(uuid: bytes.extracting(field)) ?? .none
            }
            if let field = answer.fields.first(.executedVersion) {
                record.executedVersion = batch.text(.version, bytes.extracting(field))
            }
        case .failed(let failure):
            if let id = failure.requestID { record.lambdaRequestID = ID128(uuid: id.utf8.span) ?? .none }
            if let version = failure.executedVersion {
                record.executedVersion = batch.text(.version, version.utf8.span)
            }
        }
    }

    /// Fills in the figures and the cost of a call that has ended, and counts it, whether or not records are kept.
    func settle(_ end: CallEnd, bytesIn: Int, bytesOut: Int) {
        record.id = id.bits
        record.outcome = UInt8(truncatingIfNeeded: end.outcome.rawValue)
        record.bytesIn = UInt32(clamping: bytesIn)
        record.bytesOut = UInt32(clamping: bytesOut)
        if isLocal { record.flags.insert(.isLocal) }
        fillCaller()
        fillTimes(end)
        if let index = end.tool {
            record.tool = Int32(truncatingIfNeeded: index)
            request.state.tools[index].fillCost(of: &record, execution)
            if hold.isHeld {
                let cost = request.state.tools[index].costForBudgets(of: record, execution)
                request.caller.state.limits.settle(&hold, costNanoUSD: cost)
            }
        }
        endpoint.usage.count(record, of: request.state)
        countFigures()
    }

    /// Adds the call to its batch of records, just before its answer is sent.
    /// - Parameter message: the JSON-RPC message, or the error in place of one.
    func keep(_ end: CallEnd, _ message: Result<ByteBuffer, RPCError>) {
        guard let recorder = endpoint.recorder else { return }
        let batch = recorder.batch(of: request.state.names)
        guard recorder.wants(end.outcome, of: record.tenant, startedAtUs: record.startedAtUs) else {
            batch.omit()
            return recorder.added(to: batch)
        }
        record.revision = UInt8(truncatingIfNeeded: request.version.place)
        record.traceID = trace.traceID
        record.spanID = trace.spanID
        record.parentSpanID = trace.parentSpanID
        if trace.isSampled { record.flags.insert(.isSampled) }
        if let subject { record.subject = batch.text(.subject, subject.utf8.span) }
        record.client = client(batch)
        if end.tool == nil { record.asked = asked(batch) }
        if let code = end.code { record.code = batch.word(.code, code) }
        if recorder.settings.takesDigests { takeDigests(message, recorder) }
        batch.append(record)
        if let index = end.tool { copyBody(message, request.state.tools[index], recorder, batch) }
        recorder.added(to: batch)
    }

    /// Adds the record to the figures of its tool and of its tenant.
    private func countFigures() {
        if record.tool >= 0 { request.state.tools[Int(record.tool)].metrics.ended(record) }
        request.state.metrics(ofTenant: Int(record.tenant))?.ended(record)
    }

    private func fillTimes(_ end: CallEnd) {
        var last = startedAt
        func microseconds(_ moment: UInt64) -> UInt32 {
            last = max(last, moment)
            return UInt32(clamping: (last &- startedAt) / 1_000)
        }
        record.resolvedUs = microseconds(resolvedAt)
        record.authorizedUs = microseconds(authorizedAt)
        record.sentUs = microseconds(end.sentAt)
        record.answeredUs = microseconds(end.answeredAt)
        record.endedUs = microseconds(end.endedAt)
    }

    private func fillCaller() {
        let principal = request.caller.principal
        record.tenant = Int32(truncatingIfNeeded: principal.tenant)
        switch principal.credential {
        case .key(let key): record.key = Int32(truncatingIfNeeded: key)
        case .token: record.flags.insert(.isToken)
        }
    }

    /// The client's name for itself: in the call, else from the opening of its session, else in the User-Agent header.
    private func client(_ batch: OpenBatch) -> Int32 {
        let held = request.http.bytes
        let bytes = held.span
        if let info = request.message.clientInfo {
            let raw = bytes.extracting(info)
            let known =
                batch.find(.client, raw) ?? batch.add(.client, raw, ClientName.text(info: info, in: bytes))
            if known >= 0 { return known }
        }
        if !request.client.isEmpty { return batch.word(.session, request.client) }
        guard let agent = request.http.head.fields.first(.userAgent) else { return -1 }
        let raw = bytes.extracting(agent)
        return batch.find(.agent, raw) ?? batch.add(.agent, raw, ClientName.text(agent: agent, in: bytes))
    }

    /// The name of a tool or a prompt that isn't there, or the URI of a resource.
    private func asked(_ batch: OpenBatch) -> Int32 {
        guard let name = request.message.name ?? request.message.uri else { return -1 }
        let held = request.http.bytes
        let text = name.text(in: held.span)
        return batch.text(.asked, text.utf8.span)
    }

    /// Copies the arguments and the result for later work off the loop: for the arguments' shape, and where the
    /// target's settings keep them.
    private func copyBody(
        _ message: Result<ByteBuffer, RPCError>,
        _ tool: CallableTool,
        _ recorder: CallRecorder,
        _ batch: OpenBatch
    ) {
        let isKept = tool.function.entry.recording.arguments != .none
        let takesShape =
            recorder.settings.takesShapes && batch.takesShape(tenant: record.tenant, tool: record.tool)
        guard isKept || takesShape else { return }
        if let range = request.message.arguments {
            let held = request.http.bytes
            batch.copyArguments(
                held.span.extracting(range),
                max: isKept ? CallRecorder.bodyBytesMax : CallRecorder.shapeBytesMax
            )
        } else {
            batch.noteNoArguments()
        }
        if isKept, case .success(let body) = message {
            batch.copyResult(body.bytes.span.extracting(result(in: body)), max: CallRecorder.bodyBytesMax)
        }
    }

    private func takeDigests(_ message: Result<ByteBuffer, RPCError>, _ recorder: CallRecorder) {
        if let range = request.message.arguments {
            let held = request.http.bytes
            record.argumentsSHA256 = recorder.digest(held.span.extracting(range))
        } else {
            // The function gets `{}` in place of missing arguments.
            record.argumentsSHA256 = recorder.digest("{}".utf8.span)
        }
        if case .success(let body) = message {
            record.resultSHA256 = recorder.digest(body.bytes.span.extracting(result(in: body)))
        }
    }

    /// The range of the result in the answer's message.
    private func result(in body: borrowing ByteBuffer) -> Range<Int> {
        RPCWriter.result(of: body, idCount: request.message.id?.count ?? 0)
    }
}

extension OpenBatch {
    /// The position of a text from outside, after it was made fit to be kept.
    fileprivate func text(_ kind: BatchTexts.Kind, _ raw: Span<UInt8>) -> Int32 {
        if let known = find(kind, raw) { return known }
        // Only the beginning of a long text is read.
        let start = raw.text(0..<min(raw.count, 16 * BatchTexts.bytesMax))
        return add(kind, raw, KeptText.of(start, bytesMax: BatchTexts.bytesMax))
    }
}

extension RPCErrorCode {
    /// The code in the record of a call that the gateway refuses.
    var word: String {
        switch self {
        case .headerMismatch: "header_mismatch"
        case .invalidParams: "invalid_params"
        case .insufficientScope: "insufficient_scope"
        case .unavailable: "unavailable"
        default: "refused"
        }
    }

    /// The same where there is no such thing for the caller.
    func wordOfUnresolved(_ method: MCPMethod) -> String {
        if self == .insufficientScope { return word }
        return switch method {
        case .toolsCall: "unknown_tool"
        case .promptsGet: "unknown_prompt"
        case .resourcesRead: "unknown_resource"
        default: word
        }
    }
}
