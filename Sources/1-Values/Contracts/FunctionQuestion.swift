package import Bytes

/// What a function is asked besides its tools: for a prompt, for a resource, or to complete an argument.
package struct FunctionQuestion: Sendable {
    /// `prompts/get`, `resources/read` or `completion/complete`.
    package let method: StaticString
    /// The members of `params` as JSON, without braces and without `_meta`.
    package var params: ByteBuffer
    /// What an HTTP header repeats of them: the prompt's name or the resource's URI; nil where none does.
    package var mirrored: String?

    package init(_ method: StaticString, params: ByteBuffer, mirrored: String? = nil) {
        self.method = method
        self.params = params
        self.mirrored = mirrored
    }
}

extension Contract {
    /// Whether its functions can serve anything besides tools.
    package var servesOtherThanTools: Bool {
        switch self {
        case .mcpWrapper, .jsonrpc, .httpV1, .httpV2: true
        case .agentcore, .function: false
        }
    }

    /// Whether its functions are asked what they serve besides tools when nobody has said so: they all speak MCP, and
    /// refuse a method that they don't have. One that wraps a server by hand may take any event for a call.
    package var mayBeAskedForAnything: Bool {
        switch self {
        case .jsonrpc, .httpV1, .httpV2: true
        case .mcpWrapper, .agentcore, .function: false
        }
    }

    /// Appends the payload of a question.
    /// - Parameters:
    ///   - call: for what all requests have in common: the id, the client's `_meta`, the caller, the trace, the exchange.
    ///   - request: the client's message, already validated.
    /// - Throws: `.refused` for a contract that has no message for it: its function would take the event for a call.
    package func append(
        _ question: borrowing FunctionQuestion,
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) throws(ContractError) {
        switch self {
        case .mcpWrapper:
            event.payload.append("{\"method\":\"")
            event.payload.append(question.method)
            event.payload.append("\",\"params\":{")
            event.payload.append(contentsOf: question.params.bytes)
            event.payload.append("}}")
        case .jsonrpc: JSONRPCContract.append(question, call, of: request, era: .unsaid, to: &event.payload)
        case .httpV1, .httpV2:
            HTTPEventContract.append(self, question, call, of: request, to: &event.payload)
        case .agentcore, .function:
            throw .refused("The target serves nothing besides its tools now.", hint: "")
        }
    }

    /// Reads what a function answered to a question: `.result` is its result as it was sent. Never fails.
    package func readAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer {
        if isHTTP { return HTTPEventContract.readCall(bytes, payload: payload, isQuestion: true).answer }
        do throws(ContractError) {
            return try Unwrapped.read(bytes, payload: payload, for: .call).questionAnswer()
        } catch {
            return CallAnswer(unusable: error)
        }
    }
}
