import Bytes
import Contracts
import JSON
import MCP
import Policy
import Telemetry

/// The last step of a call: its result for its caller, for the metrics and for the log.
///
/// Failures of the function are results with `isError`, so that a model can read them and act.
struct CallResult {
    /// A JSON-RPC message with a result, or the error to answer with.
    let message: Result<ByteBuffer, RPCError>
    let outcome: CallOutcome
    /// The failure that is logged for the operator of the target; nil when there is nothing to log.
    let failure: UpstreamFailure?

    /// What a legacy client is to be asked; the call goes on then.
    let questions: InputQuestions?
    /// Whether the result asks for input, with which the client calls again.
    private var asksForInput = false

    /// The machine-readable code of the failure; nil for a call that succeeded. A request for input is no failure, but has
    /// a code too.
    var code: String? {
        if let failure { return failure.code.rawValue }
        if outcome == .ok { return asksForInput ? UpstreamFailure.Code.inputRequired.rawValue : nil }
        if outcome == .refused, case .failure(let error) = message { return error.code.word }
        return outcome.label
    }

    private init(
        _ message: Result<ByteBuffer, RPCError>,
        _ outcome: CallOutcome,
        failure: UpstreamFailure? = nil,
        questions: InputQuestions? = nil
    ) {
        self.questions = questions
        self.message = message
        self.outcome = outcome
        self.failure = failure
    }

    /// The result of a call without an answer: `failure` says why.
    init(_ failure: UpstreamFailure, of request: borrowing AgentRequest) {
        self.init(failure, of: request, outcome: failure.code.metric)
    }

    /// Turns a function's answer into the caller's, by the contract that the function follows.
    ///
    /// `request` is that of `call`, lent in place of being copied.
    init(
        _ answer: UpstreamAnswer,
        by tool: CallableTool,
        of request: borrowing AgentRequest,
        in call: ToolCall
    ) {
        let read =
            call.asked == nil
            ? tool.contract.readCallAnswer(answer.bytes, payload: answer.payload)
            : tool.contract.readAnswer(answer.bytes, payload: answer.payload)
        self.init(read, from: answer, of: request, in: call, tool)
    }

    /// Turns what was read from a function's answer into the caller's.
    init(
        _ read: CallAnswer,
        from answer: UpstreamAnswer,
        of request: borrowing AgentRequest,
        in call: ToolCall,
        _ tool: CallableTool
    ) {
        if tool.rewritesURIs || call.asked != nil || read.kind.asksForInput {
            self.init(rewriting: read, from: answer, of: call, tool)
        } else {
            self.init(read, from: answer, of: request)
        }
    }

    /// The same where URIs in the result may have to be rewritten, where a question was asked, and where the function asks
    /// for input.
    @inline(never)
    private init(
        rewriting read: CallAnswer,
        from answer: UpstreamAnswer,
        of call: ToolCall,
        _ tool: CallableTool
    ) {
        if case .inputRequired(let range) = read.kind {
            self = .inputRequired(range, in: read.bytes, from: answer, of: call, tool)
            return
        }
        if let pages = Self.pagesToOpen(read, call, tool) {
            self = .inputRequired(0..<pages.count, in: pages, from: answer, of: call, tool)
            return
        }
        guard case .result(let range, let isError) = read.kind else {
            self.init(read, from: answer, of: call.request, asked: call.asked)
            return
        }
        let bytes = call.exposed(read, of: tool)
        let result = bytes.map { 0..<$0.count } ?? range
        self.init(result, isError, in: bytes ?? read.bytes, answer, of: call.request, asked: call.asked)
    }

    /// The result of a call that the gateway itself refuses.
    init(refused error: RPCError) { self.init(.failure(error), .refused) }

    /// No result yet: a legacy client is asked first.
    init(asking questions: InputQuestions) {
        self.init(.success(ByteBuffer()), .ok, questions: questions)
    }

    /// A request for input, or the refusal to relay it.
    init(askingForInput message: Result<ByteBuffer, RPCError>) {
        if case .success = message { self.init(message, .ok) } else { self.init(message, .toolError) }
        asksForInput = outcome == .ok
    }

    /// A result as it lies in `bytes`.
    private init(
        _ range: Range<Int>,
        _ isError: Bool,
        in bytes: [UInt8],
        _ answer: UpstreamAnswer,
        of request: borrowing AgentRequest,
        asked: AskedEntry?,
        form: ResultForm = .unknown
    ) {
        do throws(ToolResultFault) {
            if asked != nil {
                let message = try Self.answer(range, in: bytes.span, to: request)
                self.init(.success(message), .ok)
                return
            }
            let writer = ToolResultWriter(version: request.version, identity: request.state.settings.identity)
            var out = request.openEnvelope(capacity: bytes.count + 384)
            try writer.append(range, in: bytes.span, isError: isError, form: form, to: &out)
            RPCWriter.closeResult(to: &out)
            self.init(.success(out), isError ? .toolError : .ok)
        } catch {
            if error == .empty {
                self.init(.failure(Self.unknownResource(asked, request)), .toolError)
            } else {
                self.init(unusable: error.description, answer, of: request)
            }
        }
    }

    /// What was read from a function's answer, as it is.
    init(
        _ read: CallAnswer,
        from answer: UpstreamAnswer,
        of request: borrowing AgentRequest,
        asked: AskedEntry? = nil
    ) {
        switch read.kind {
        case .result(let range, let isError):
            self.init(range, isError, in: read.bytes, answer, of: request, asked: asked, form: read.form)
        case .inputRequired:
            self.init(unusable: ToolResultFault.inputRequired.description, answer, of: request)
        case .protocolError(let code, let text, let data):
            if let refusal = Self.inputRefusal(code, text, data, read, from: answer, of: request) {
                self = refusal
                return
            }
            if asked != nil, let message = Self.answer(toCode: code, of: request, asked) {
                if case .success = message { self.init(message, .ok) } else { self.init(message, .toolError) }
                return
            }
            let error = RPCError(
                relaying: code,
                message: FailureText.fit(text),
                data: data.flatMap { FailureText.fit(data: read.bytes.span.extracting($0)) },
                isModern: request.version.isModern
            )
            self.init(.failure(error), .toolError)
        case .unusable(let text): self.init(unusable: text, answer, of: request)
        case .failed(let error):
            var failure = UpstreamFailure(
                code: .functionError,
                message: error.text,
                detail: "the function answered with an error" + (error.hint.isEmpty ? "" : "; \(error.hint)"),
                errorType: error.type,
                requestID: answer.requestID
            )
            failure.status = error.status
            self.init(failure, of: request, outcome: .toolError)
        }
    }

    init(unusable text: String, _ answer: UpstreamAnswer, of request: borrowing AgentRequest) {
        let failure = UpstreamFailure(
            code: .invalidAnswer,
            message: text,
            detail: text,
            requestID: answer.requestID
        )
        self.init(failure, of: request, outcome: .badAnswer)
    }

    /// A failure as a result that a model can read, or, where there is no such result, as an error.
    init(_ failure: UpstreamFailure, of request: borrowing AgentRequest, outcome: CallOutcome) {
        guard request.message.method == .toolsCall else {
            let told = failure.code == .cancelled ? nil : failure
            self.init(.failure(Self.error(failure)), outcome, failure: told)
            return
        }
        var out = request.openEnvelope(capacity: 512)
        let writer = ToolResultWriter(version: request.version, identity: request.state.settings.identity)
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
        RPCWriter.closeResult(to: &out)
        self.init(.success(out), outcome, failure: failure.code == .cancelled ? nil : failure)
    }
}

extension CallAnswer.Kind {
    fileprivate var asksForInput: Bool {
        switch self {
        case .inputRequired: true
        case .protocolError(let code, _, _): RPCErrorCode(rawValue: code) == .urlElicitationRequired
        default: false
        }
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
        case .inputRequired: .toolError
        case .cancelled: .cancelled
        }
    }
}
