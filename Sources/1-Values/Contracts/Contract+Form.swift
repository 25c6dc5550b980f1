package import Bytes
package import MCP

// Maps each contract to its form. A switch, so that a call needs no look-up and no type is erased.

extension Contract {
    /// How the gateway learns the tools of its targets.
    package var discovery: ContractDiscovery {
        switch self {
        case .mcpWrapper: MCPWrapperContract.discovery
        case .jsonrpc: JSONRPCContract.discovery
        case .httpV1, .httpV2: .asked
        case .agentcore: AgentCoreContract.discovery
        case .function: FunctionContract.discovery
        }
    }

    /// Appends the payload that asks for a page of one kind; nothing for a contract whose tools are declared.
    /// - Parameters:
    ///   - kind: what is listed.
    ///   - cursor: an earlier answer's `nextCursor`.
    ///   - id: the gateway's own id; some contracts have no place for it.
    ///   - http: where the request goes, for contracts whose events are HTTP requests.
    package func appendListPayload(
        of kind: CatalogKind = .tool,
        cursor: String?,
        id: Int,
        over http: HTTPExchange = HTTPExchange(),
        to out: inout ByteBuffer
    ) {
        switch self {
        case .mcpWrapper: MCPWrapperContract.appendListPayload(kind, cursor: cursor, id: id, to: &out)
        case .jsonrpc: JSONRPCContract.appendListPayload(kind, cursor: cursor, id: id, to: &out)
        case .httpV1, .httpV2:
            HTTPEventContract.appendList(self, kind, cursor: cursor, id: id, over: http, to: &out)
        case .agentcore, .function: break
        }
    }

    /// Appends the payload of a call, and sets what goes into the client context.
    /// - Parameter request: the client's message, already validated.
    /// - Throws: `.tooLarge` for what Lambda would refuse; the event must not be used then.
    package func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) throws(ContractError) {
        switch self {
        case .mcpWrapper: MCPWrapperContract.appendCall(call, of: request, to: &event)
        case .jsonrpc: JSONRPCContract.appendCall(call, of: request, to: &event)
        case .httpV1, .httpV2: HTTPEventContract.appendCall(self, call, of: request, to: &event.payload)
        case .function: FunctionContract.appendCall(call, of: request, to: &event)
        case .agentcore: try AgentCoreContract.appendCall(call, of: request, to: &event)
        }
    }

    /// Reads what a function answered to a call. Never fails: an answer that can't be used becomes a message.
    ///
    /// `payload` is the answer's range in `bytes`, which may be more, such as a whole HTTP response.
    package func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer {
        switch self {
        case .jsonrpc: JSONRPCContract.readCallAnswer(bytes, payload: payload)
        case .httpV1, .httpV2: HTTPEventContract.readCall(bytes, payload: payload).answer
        case .function: FunctionContract.readCallAnswer(bytes, payload: payload)
        case .agentcore: AgentCoreContract.readCallAnswer(bytes, payload: payload)
        case .mcpWrapper: MCPWrapperContract.readCallAnswer(bytes, payload: payload)
        }
    }

    /// The payload that asks for the first page of tools; `nil` for a contract whose tools are declared.
    package var listPayload: String? { listPayload(over: HTTPExchange()) }

    package func listPayload(over http: HTTPExchange) -> String? {
        guard discovery == .asked else { return nil }
        var out = ByteBuffer()
        appendListPayload(cursor: nil, id: 1, over: http, to: &out)
        return String(decoding: out.bytes, as: UTF8.self)
    }
}
