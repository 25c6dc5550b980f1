import Bytes
import Contracts
import JSON
import MCP
import Telemetry

/// What comes of a function's request for input.
extension CallResult {
    /// - Parameter range: the function's result in `held`.
    static func inputRequired(
        _ range: Range<Int>,
        in held: [UInt8],
        from answer: UpstreamAnswer,
        of call: ToolCall,
        _ tool: CallableTool
    ) -> CallResult {
        guard tool.contract.carriesInput, call.request.message.method != .completionComplete else {
            return CallResult(unusable: ToolResultFault.inputRequired.description, answer, of: call.request)
        }
        let bytes = held.span
        guard call.request.version.isModern else { return legacy(range, in: held, from: answer, of: call) }
        do throws(ToolResultFault) {
            return CallResult(askingForInput: try call.inputRequired(range, in: bytes, tool))
        } catch {
            return CallResult(unusable: error.description, answer, of: call.request)
        }
    }

    /// The same for a legacy caller, whose client is asked if it declared that it can be.
    private static func legacy(
        _ range: Range<Int>,
        in held: [UInt8],
        from answer: UpstreamAnswer,
        of call: ToolCall
    ) -> CallResult {
        let bytes = held.span
        guard let input = call.input else {
            let needed = AnswerWriter.neededInput(range, in: bytes)
            return CallResult(needingInput: needed?.words ?? "", answer, of: call.request)
        }
        do throws(ToolResultFault) {
            let questions = try InputQuestions(range, in: bytes)
            let missing = questions.needed.subtracting(input.capabilities)
            guard missing.isEmpty else {
                return CallResult(needingInput: missing.words, answer, of: call.request)
            }
            return CallResult(asking: questions)
        } catch {
            return CallResult(unusable: error.description, answer, of: call.request)
        }
    }

    /// What a function of the legacy era asks a modern caller for by its error -32042, as a result that asks; nil for any other
    /// answer, and for callers whose own revision has that error.
    static func pagesToOpen(_ read: CallAnswer, _ call: ToolCall, _ tool: CallableTool) -> [UInt8]? {
        guard case .protocolError(let code, _, let data?) = read.kind,
            RPCErrorCode(rawValue: code) == .urlElicitationRequired, call.request.version.isModern,
            tool.contract.carriesInput, call.request.message.method != .completionComplete
        else { return nil }
        return PagesToOpen.asInputRequired(data, in: read.bytes.span)?.bytes
    }

    /// A function's refusal because its caller can't be asked for input, for a caller whose revision has no word for that;
    /// nil for any other error.
    static func inputRefusal(
        _ code: Int,
        _ said: String,
        _ data: Range<Int>?,
        _ read: CallAnswer,
        from answer: UpstreamAnswer,
        of request: borrowing AgentRequest
    ) -> CallResult? {
        guard !request.version.isModern,
            RPCErrorCode(rawValue: code) == .missingRequiredClientCapability
        else { return nil }
        let bytes = read.bytes.span
        let required = data.flatMap { JSON.member("requiredCapabilities", of: $0, in: bytes) }
        let words = required.map { InputCapabilities($0, in: bytes).words }
        return CallResult(needingInput: words ?? "", saying: said, answer, of: request)
    }

    /// - Parameters:
    ///   - words: what is needed; may be empty.
    ///   - said: the function's own words; may be empty.
    private init(
        needingInput words: String,
        saying said: String = "",
        _ answer: UpstreamAnswer,
        of request: borrowing AgentRequest
    ) {
        let what = words.isEmpty ? "" : ": \(words)"
        let failure = UpstreamFailure(
            code: .inputRequired,
            message:
                "The target asks for further input\(what). A client that speaks \(request.version.rawValue) is asked "
                + "for what that version has and the client declared in initialize, when it calls in that session, "
                + "not in a batch, and accepts text/event-stream."
                + (said.isEmpty ? "" : " The target says: \(said)"),
            detail: "the function asked a client that speaks \(request.version.rawValue) for input\(what)",
            requestID: answer.requestID
        )
        self.init(failure, of: request, outcome: .toolError)
    }
}
