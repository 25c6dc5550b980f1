import Bytes
import Contracts
import HTTP
import MCP

/// The third step of a call: the event that its function gets.
enum CallPayload {
    /// Checks what needs the tool, and builds the event as the target's contract wants it.
    /// - Parameter id: of the message to the function, unique on its connection.
    static func build(
        _ request: borrowing AgentRequest,
        for tool: CallableTool,
        id: Int
    ) -> Result<ByteBuffer, RPCError> {
        let arguments = request.message.arguments
        if request.version.isModern, !tool.headerParameters.isEmpty,
            let error = tool.headerParameters.check(arguments: arguments, of: request.http)
        {
            return .failure(error)
        }
        let bytes = request.http.bytes
        var payload = ByteBuffer(capacity: 128 + (arguments?.count ?? 0))
        do {
            try tool.contract.appendCallPayload(
                tool: tool.name,
                arguments: arguments,
                meta: request.message.meta,
                of: bytes.span,
                id: id,
                to: &payload
            )
            return .success(payload)
        } catch {
            return .failure(
                RPCError(.internalError, "This version of the gateway cannot call the tool: \(error)")
            )
        }
    }
}
