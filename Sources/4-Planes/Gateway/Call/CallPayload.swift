import Tracing
import Bytes
import Contracts
import HTTP
import MCP
import Policy

/// The third step of a call: building the event that its function gets.
enum CallPayload {
    /// Checks the header parameters, which need the tool, and builds the event in the form of the target's contract.
    /// - Parameters:
    ///   - id: of the message to the function, unique on its connection.
    ///   - callID: for contracts that tell the function an id of the call.
    ///   - http: where the request goes, for contracts whose events are HTTP requests.
    ///   - trace: that the function is told of.
    ///   - asked: what a call asks that is no tool's.
    ///   - input: what the caller can be asked for and answers, where the contract carries it.
    ///   - level: of the log messages that the caller wants to hear.
    ///   - caller: who calls, looked at where the target wants it told.
    static func build(
        _ request: borrowing AgentRequest,
        for tool: CallableTool,
        id: Int,
        callID: CallID,
        over http: HTTPExchange? = nil,
        trace: CallTrace = CallTrace(),
        asked: AskedEntry? = nil,
        input: CallerInput? = nil,
        level: LoggingLevel? = nil,
        caller: @autoclosure () -> CallerIdentity? = nil
    ) -> Result<CallEvent, RPCError> {
        let arguments = request.message.arguments
        if request.version.isModern, !tool.headerParameters.isEmpty,
            let error = tool.headerParameters.check(arguments: arguments, of: request.http)
        {
            return .failure(error)
        }
        let bytes = request.http.bytes
        var call = CallContent(
            tool: tool.name,
            target: tool.function.entry.name,
            arguments: arguments,
            meta: request.message.meta,
            id: id
        )
        call.http = http
        if !tool.headerParameters.isEmpty, http?.session?.isModern == true {
            call.mirrored = tool.headerParameters.headers(of: arguments, in: bytes.span)
        }
        call.input = input
        call.level = level
        if tool.contract == .agentcore {
            call.messageID = request.message.id
            call.callID = callID
        }
        if let context = trace.forFunction { call.trace = request.traceForFunction(context, of: trace) }
        let place = tool.function.entry.invoke.callerIdentity
        if place == .meta { call.caller = caller() }
        var event = CallEvent(payload: ByteBuffer(capacity: 128 + (arguments?.count ?? 0)))
        do throws(ContractError) {
            if let asked {
                try tool.contract.append(asked.question, call, of: bytes.span, to: &event)
            } else {
                try tool.contract.appendCall(call, of: bytes.span, to: &event)
            }
            if place == .clientContext { try caller()?.add(to: &event) }
            if let told = call.trace { told.add(to: &event) }
            return .success(event)
        } catch {
            return .failure(RPCError(.invalidParams, error.description))
        }
    }
}
