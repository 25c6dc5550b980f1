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

    /// The machine-readable code of the failure; nil for a call that succeeded.
    var code: String? {
        if let failure { return failure.code.rawValue }
        if outcome == .ok { return nil }
        if outcome == .refused, case .failure(let error) = message { return error.code.word }
        return outcome.label
    }

    private init(
        _ message: Result<ByteBuffer, RPCError>,
        _ outcome: CallOutcome,
        failure: UpstreamFailure? = nil
    ) {
        self.message = message
        self.outcome = outcome
        self.failure = failure
    }

    /// The result of a call without an answer: `failure` says why.
    init(_ failure: UpstreamFailure, of request: borrowing AgentRequest) {
        self.init(failure, of: request, outcome: failure.code.metric)
    }

    /// Turns a function's answer into the caller's, by the contract that the function follows.
    init(_ answer: UpstreamAnswer, by contract: Contract, of request: borrowing AgentRequest) {
        self.init(contract.readCallAnswer(answer.bytes, payload: answer.payload), from: answer, of: request)
    }

    /// The result of a call that the gateway itself refuses.
    init(refused error: RPCError) { self.init(.failure(error), .refused) }

    /// Turns a function's answer, already read, into the caller's.
    init(_ read: CallAnswer, from answer: UpstreamAnswer, of request: borrowing AgentRequest) {
        switch read.kind {
        case .result(let range, let isError):
            let writer = ToolResultWriter(version: request.version, identity: request.state.settings.identity)
            var out = request.openEnvelope(capacity: read.bytes.count + 384)
            do throws(ToolResultFault) {
                try writer.append(range, in: read.bytes.span, isError: isError, form: read.form, to: &out)
            } catch {
                self.init(unusable: error.description, answer, of: request)
                return
            }
            RPCWriter.closeResult(to: &out)
            self.init(.success(out), isError ? .toolError : .ok)
        case .protocolError(let code, let text, let data):
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

    private init(unusable text: String, _ answer: UpstreamAnswer, of request: borrowing AgentRequest) {
        let failure = UpstreamFailure(
            code: .invalidAnswer,
            message: text,
            detail: text,
            requestID: answer.requestID
        )
        self.init(failure, of: request, outcome: .badAnswer)
    }

    /// A failure as a result that a model can read.
    private init(_ failure: UpstreamFailure, of request: borrowing AgentRequest, outcome: CallOutcome) {
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
