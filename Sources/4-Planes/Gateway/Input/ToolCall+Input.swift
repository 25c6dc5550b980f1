import Bytes
import Contracts
import Crypto
import EventLoop
import HTTP
import JSON
import MCP
import Policy

// Modern calls in more than one round: the function asks for input, the client sends the same call again with its answers.
//
//   call ─► input_required, requestState A ─► the client gets A wrapped (`RequestStates`)
//   call with inputResponses and A wrapped ─► the function gets the responses and A ─► a result, or another round
//
// Each round is a call of its own, with its limits, permissions and record.
extension ToolCall {
    /// Takes in what the caller can be asked for, and what it answers to an earlier round. A legacy caller answers in no
    /// call of its own: it is asked while the first one goes on.
    /// - Returns: why the call can't be carried out; nil when it can.
    func takeInput(for tool: CallableTool, _ entry: ResolvedTool) -> RPCError? {
        let message = request.message
        guard message.method != .completionComplete else { return nil }
        if let askable = request.askable {
            if tool.contract.carriesInput, hearsEvents { input = CallerInput(askable.capabilities) }
            return nil
        }
        let held = request.http.bytes
        let bytes = held.span
        let capabilities =
            tool.contract.carriesInput
            ? message.clientCapabilities.map { InputCapabilities($0, in: bytes) } ?? [] : []
        guard message.continuesEarlierCall, let params = message.params else {
            if !capabilities.isEmpty { input = CallerInput(capabilities) }
            return nil
        }
        func member(_ name: StaticString) -> Range<Int>? {
            guard let value = JSON.member(name, of: params, in: bytes), JSON.kind(bytes, at: value) != .null
            else { return nil }
            return value
        }
        let responses = member("inputResponses")
        if let responses, JSON.kind(bytes, at: responses) != .object {
            return RPCError(.invalidParams, "params.inputResponses must be an object.")
        }
        var state: [UInt8] = []
        if let value = member("requestState") {
            guard let text = JSONName(bytes, at: value) else {
                return RPCError(.invalidParams, "params.requestState must be a string.")
            }
            // What the gateway made has no escapes; with any, it isn't.
            switch endpoint.requestStates.unwrap(
                bytes.extracting(text.range),
                for: binding(entry, tool),
                nowMs: endpoint.loop.wallMs
            ) {
            case .success(let own): state = own
            case .failure(let fault): return fault.error
            }
        }
        if tool.contract.carriesInput {
            input = CallerInput(capabilities, responses: responses, state: state)
        }
        return nil
    }

    /// What a state of this call is bound to.
    private func binding(_ entry: ResolvedTool, _ tool: CallableTool) -> RequestStates.Binding {
        let snapshot = request.state.snapshot
        let held = request.http.bytes
        let arguments = request.message.arguments.map { SHA256.hash(held.span.extracting($0)) }
        return RequestStates.Binding(
            holderID: snapshot.holderID(of: request.caller.principal),
            targetID: tool.function.entry.id,
            method: request.message.method,
            name: asked?.uri?.asked ?? snapshot.tools[entry.index].exposedName,
            // The function gets `{}` in place of missing arguments.
            arguments: arguments ?? SHA256.hash("{}")
        )
    }

    /// What the caller gets of a function's request for input.
    /// - Parameter result: a raw object in `bytes`.
    /// - Throws: when it can't be handed on.
    func inputRequired(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        _ tool: CallableTool
    ) throws(ToolResultFault) -> Result<ByteBuffer, RPCError> {
        guard let index = sentTool else { return .success(ByteBuffer()) }
        let binding = binding(ResolvedTool(index: index), tool)
        let writer = AnswerWriter(version: request.version, identity: request.state.settings.identity)
        var out = request.openEnvelope(capacity: result.count + 1_024)
        let needed = try writer.appendInputRequired(result, in: bytes, to: &out) { state in
            endpoint.requestStates.wrap(state, for: binding, nowMs: endpoint.loop.wallMs)
        }
        let missing = needed.subtracting(input?.capabilities ?? [])
        guard missing.isEmpty else { return .failure(.missingCapabilities(missing)) }
        RPCWriter.closeResult(to: &out)
        return .success(out)
    }
}

extension RequestStates.Fault {
    fileprivate var error: RPCError {
        switch self {
        case .foreign:
            RPCError(
                .invalidParams,
                "params.requestState does not belong to this call: send it as it came, with the name and arguments "
                    + "of the call that it came from and by the same credential, or call again without it."
            )
        case .expired:
            RPCError(
                .invalidParams,
                "params.requestState has expired: it is good for an hour. Call again without it."
            )
        }
    }
}
