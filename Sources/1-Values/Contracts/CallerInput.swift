import Bytes
package import MCP
import JSON

/// What the caller of one call can be asked for, and what it answered in this round. A reference type, so that calls without
/// any of it pay for one word.
///
/// Source: MCP 2026-07-28, "Multi Round-Trip Requests"
package final class CallerInput: Sendable {
    /// What the function may ask for.
    package let capabilities: InputCapabilities
    /// `params.inputResponses` of the client's message, the raw object; nil when it has none.
    package let responses: Range<Int>?
    /// The same where the gateway has put it together from the answers of a legacy client; else empty.
    package let gathered: [UInt8]
    /// The function's own `requestState`, as it wrote it: a raw string with its quotes; empty when there is none.
    package let state: [UInt8]

    package init(
        _ capabilities: InputCapabilities,
        responses: Range<Int>? = nil,
        gathered: [UInt8] = [],
        state: [UInt8] = []
    ) {
        self.capabilities = capabilities
        self.responses = responses
        self.gathered = gathered
        self.state = state
    }

    /// Appends the members of `params` with which a client continues a call, byte for byte.
    /// - Parameter request: the client's message, already validated.
    func appendAnswers(of request: Span<UInt8>, to out: inout ByteBuffer) {
        if let responses {
            out.append(",\"inputResponses\":")
            out.append(request.extracting(responses))
        } else if !gathered.isEmpty {
            out.append(",\"inputResponses\":")
            out.append(contentsOf: gathered)
        }
        if !state.isEmpty {
            out.append(",\"requestState\":")
            out.append(contentsOf: state)
        }
    }
}

extension Contract {
    /// Whether its messages have a place for what a client can be asked for and for its answers, so that its functions may
    /// ask. `mcp-wrapper` sends a name and arguments alone; the other two send nothing but arguments.
    package var carriesInput: Bool {
        switch self {
        case .jsonrpc, .httpV1, .httpV2: true
        case .mcpWrapper, .agentcore, .function: false
        }
    }
}
