import Bytes
import Contracts
import EventLoop
import HTTP
import JSON
import MCP
import Policy
import RateLimit
import Telemetry

/// One `tools/call`, from the message to its result. A class: it outlives suspensions, where a value would be copied
/// into every frame.
final class ToolCall {
    let message: RPCMessage
    let request: Request
    let principal: Principal
    let state: GatewayState
    let version: ProtocolVersion
    let cancellation: Cancellation?

    init(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        version: ProtocolVersion,
        _ cancellation: Cancellation?
    ) {
        self.message = message
        self.request = request
        self.principal = principal
        self.state = state
        self.version = version
        self.cancellation = cancellation
    }

    /// The tool, if the principal may call it. Every reason why not has the same answer, but for a token that could
    /// with more scopes.
    func tool(nowMs: Int64, tokens: (any TokenAuthority)?) -> Result<Int, RPCError> {
        let held = request.bytes
        let bytes = held.span
        guard let name = message.name else {
            return .failure(RPCError(.invalidParams, "params.name is missing or not a string."))
        }
        let index: Int?
        if name.hasEscapes {
            let text = name.text(in: bytes)
            index = state.snapshot.tool(named: text.utf8.span)
        } else {
            index = state.snapshot.tool(named: bytes.extracting(name.range))
        }
        guard let index else { return .failure(.unknownTool(shown(name, in: bytes))) }
        switch state.snapshot.authorize(principal, tool: index, nowMs: nowMs) {
        case .allowed: return .success(index)
        case .outsideScopes: return .failure(insufficientScope(index, tokens, shown(name, in: bytes)))
        case .hidden: return .failure(.unknownTool(shown(name, in: bytes)))
        }
    }

    /// Names all scopes that the call needs in one challenge. Source: RFC 6750 §3.1, RFC 9470 §3
    private func insufficientScope(_ tool: Int, _ tokens: (any TokenAuthority)?, _ name: String) -> RPCError {
        let opening = state.snapshot.scopes(allowing: tool)
        guard case .token(let grant) = principal.credential, let tokens, !opening.isEmpty else {
            return .unknownTool(name)
        }
        let challenge = tokens.insufficientScope(granted: grant.scopes, opening: opening)
        var error = RPCError(.insufficientScope, "The access token's scopes don't open the tool \(name).")
        error.fields = [ResponseField("WWW-Authenticate", challenge)]
        return error
    }
}

/// A call on its way to its function.
private struct SentCall {
    /// A position in the state's tools.
    let tool: Int
    let target: UpstreamTarget
    let payload: ByteBuffer
    let startedAt: UInt64
    let sentAt: UInt64
}

extension AgentEndpoint {
    /// Carries out a call: authorisation, mirrored headers, the contract's payload, the function, its answer.
    ///
    /// Failures of the function are results with `isError`, so that a model can read them and act. What comes before
    /// and after the function is apart, and never inlined, so that this frame stays small.
    func call(_ call: ToolCall) async -> Result<ByteBuffer, RPCError> {
        let sent: SentCall
        switch start(call) {
        case .success(let ready): sent = ready
        case .failure(let error): return .failure(error)
        }
        let outcome = await upstream.invoke(
            sent.target,
            payload: sent.payload,
            cancellation: call.cancellation
        )
        return end(call, sent, outcome)
    }

    @inline(never)
    private func start(_ call: ToolCall) -> Result<SentCall, RPCError> {
        let startedAt = loop.now
        let index: Int
        switch call.tool(nowMs: loop.wallMs, tokens: tokens) {
        case .success(let found): index = found
        case .failure(let error): return .failure(error)
        }
        let tool = call.state.tools[index]
        tool.metrics.began()
        if let refusal = limitRefusal(call, index) {
            tool.metrics.ended(
                .limited,
                ownNanoseconds: EventLoop.currentNs &- startedAt,
                upstreamNanoseconds: nil
            )
            usage.count(call, tool: index, .limited, nanoseconds: 0)
            return .failure(refusal)
        }
        switch prepare(call, tool) {
        case .success(let payload):
            return .success(
                SentCall(
                    tool: index,
                    target: tool.target,
                    payload: payload,
                    startedAt: startedAt,
                    sentAt: EventLoop.currentNs
                )
            )
        case .failure(let error):
            tool.metrics.ended(
                .refused,
                ownNanoseconds: EventLoop.currentNs &- startedAt,
                upstreamNanoseconds: nil
            )
            usage.count(call, tool: index, .refused, nanoseconds: 0)
            return .failure(error)
        }
    }

    @inline(never)
    private func end(
        _ call: ToolCall,
        _ sent: SentCall,
        _ outcome: consuming UpstreamOutcome
    ) -> Result<ByteBuffer, RPCError> {
        let tool = call.state.tools[sent.tool]
        let answeredAt = max(loop.now, sent.sentAt)
        let (result, metric) = finish(call, tool, outcome)
        let endedAt = EventLoop.currentNs
        tool.metrics.ended(
            metric,
            ownNanoseconds: sent.sentAt &- sent.startedAt &+ (endedAt &- answeredAt),
            upstreamNanoseconds: answeredAt - sent.sentAt
        )
        usage.count(call, tool: sent.tool, metric, nanoseconds: endedAt &- sent.startedAt)
        return result
    }

    /// Takes the call from every limit that applies, or from none: then the error that names the tightest.
    private func limitRefusal(_ call: ToolCall, _ tool: Int) -> RPCError? {
        let limits = call.state.limits
        if limits.isEmpty { return nil }
        moment.move(to: loop.now, wallMs: loop.wallMs)
        guard
            let refusal = limits.take(
                call.principal,
                tool: tool,
                target: call.state.snapshot.tools[tool].target,
                at: moment
            )
        else { return nil }
        return .limited(refusal.standing, limit: limits.scopeName(refusal.position))
    }

    /// Checks what needs the tool and builds the event.
    private func prepare(_ call: ToolCall, _ tool: CallableTool) -> Result<ByteBuffer, RPCError> {
        if call.version.isModern, !tool.headerParameters.isEmpty,
            let error = tool.headerParameters.check(arguments: call.message.arguments, of: call.request)
        {
            return .failure(error)
        }
        lastUpstreamID = lastUpstreamID >= 1 << 52 ? 1 : lastUpstreamID + 1
        let bytes = call.request.bytes
        var payload = ByteBuffer(capacity: 128 + (call.message.arguments?.count ?? 0))
        do {
            try tool.contract.appendCallPayload(
                tool: tool.name,
                arguments: call.message.arguments,
                meta: call.message.meta,
                of: bytes.span,
                id: lastUpstreamID,
                to: &payload
            )
            return .success(payload)
        } catch {
            return .failure(
                RPCError(.internalError, "This version of the gateway cannot call the tool: \(error)")
            )
        }
    }

    /// Turns what came back into the caller's answer.
    private func finish(
        _ call: ToolCall,
        _ tool: CallableTool,
        _ outcome: UpstreamOutcome
    ) -> (Result<ByteBuffer, RPCError>, CallOutcome) {
        switch outcome {
        case .failed(let failure): return (.success(explain(failure, call, tool)), failure.code.metric)
        case .answered(let answer):
            let read = tool.contract.readCallAnswer(answer.bytes, payload: answer.payload)
            let written = write(read, answer, call, tool)
            upstream.recycle(answer.bytes)
            return written
        }
    }

    private func write(
        _ read: CallAnswer,
        _ answer: UpstreamAnswer,
        _ call: ToolCall,
        _ tool: CallableTool
    ) -> (Result<ByteBuffer, RPCError>, CallOutcome) {
        switch read.kind {
        case .result(let range, let isError):
            let writer = ToolResultWriter(version: call.version, identity: call.state.settings.identity)
            var out = begin(call.message, call.request.bytes, capacity: read.bytes.count + 384)
            do throws(ToolResultFault) {
                try writer.append(range, in: read.bytes.span, isError: isError, to: &out)
            } catch {
                return unusable(error.description, answer, call, tool)
            }
            RPCWriter.endResult(to: &out)
            return (.success(out), isError ? .toolError : .ok)
        case .protocolError(let code, let message, let data):
            return (.failure(relayed(code, message, data, read, call)), .toolError)
        case .unusable(let text): return unusable(text, answer, call, tool)
        case .failed(let error):
            var failure = UpstreamFailure(
                code: .functionError,
                message: error.text,
                detail: "the function answered with an error" + (error.hint.isEmpty ? "" : "; \(error.hint)"),
                errorType: error.type,
                requestID: answer.requestID
            )
            failure.status = error.status
            return (.success(explain(failure, call, tool)), .toolError)
        }
    }

    @inline(never)
    private func relayed(
        _ code: Int,
        _ message: String,
        _ data: Range<Int>?,
        _ read: CallAnswer,
        _ call: ToolCall
    ) -> RPCError {
        RPCError(
            relaying: code,
            message: FailureText.fit(message),
            data: data.flatMap { FailureText.fit(data: read.bytes.span.extracting($0)) },
            isModern: call.version.isModern
        )
    }

    /// The operator of the target is told too.
    @inline(never)
    private func unusable(
        _ text: String,
        _ answer: UpstreamAnswer,
        _ call: ToolCall,
        _ tool: CallableTool
    ) -> (Result<ByteBuffer, RPCError>, CallOutcome) {
        let failure = UpstreamFailure(
            code: .invalidAnswer,
            message: text,
            detail: text,
            requestID: answer.requestID
        )
        return (.success(explain(failure, call, tool)), .badAnswer)
    }

    /// A failure as a result that a model can read.
    private func explain(_ failure: UpstreamFailure, _ call: ToolCall, _ tool: CallableTool) -> ByteBuffer {
        if failure.code != .cancelled {
            log.write(
                failureLevel(failure.code == .functionError ? .info : .warning),
                "a call failed: \(failure.detail)",
                [
                    ("target", tool.target.entry.name), ("tool", tool.name), ("code", failure.code.rawValue),
                    ("request_id", failure.requestID ?? ""),
                ]
            )
        }
        var out = begin(call.message, call.request.bytes, capacity: 512)
        let writer = ToolResultWriter(version: call.version, identity: call.state.settings.identity)
        let type = failure.errorType.flatMap { FailureText.type($0) }
        writer.appendFailure(
            CallFailure(
                text: FailureText.fit(failure.message, type: type),
                code: failure.code.rawValue,
                type: type,
                status: failure.status,
                requestID: failure.requestID
            ),
            to: &out
        )
        RPCWriter.endResult(to: &out)
        return out
    }
}

extension UpstreamFailure.Code {
    fileprivate var metric: CallOutcome {
        switch self {
        case .functionError, .functionExited: .functionError
        case .timedOut: .timedOut
        case .throttled: .throttled
        case .tooLarge, .invalidAnswer: .badAnswer
        case .unreachable, .notFound, .accessDenied, .misconfigured, .unavailable: .unreachable
        case .cancelled: .cancelled
        }
    }
}
