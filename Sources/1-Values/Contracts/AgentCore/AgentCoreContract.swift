package import Bytes
package import MCP
import JSON

/// The Lambda contract of Amazon Bedrock AgentCore Gateway, so that functions written for that serve unchanged: the event
/// is the tool's arguments, and the tool's name is in the client context.
///
/// Source: Bedrock AgentCore developer guide, "Add a Lambda target" and "Tool naming"
package enum AgentCoreContract: ContractForm {
    /// The gateway's id in the function's client context, where AWS puts the id of the managed gateway.
    package static let gatewayID: StaticString = "mcp-gateway"
    /// A client's message id that is longer isn't sent; the function gets the gateway's own instead.
    package static let messageIDBytesMax = 128

    package static var discovery: ContractDiscovery { .declared }

    package static func appendListPayload(
        _ kind: CatalogKind,
        cursor: String?,
        id: Int,
        to out: inout ByteBuffer
    ) {}

    /// The arguments go out byte for byte, as `{}` when there are none; everything else is in the client context.
    /// - Throws: `.tooLarge` when the names are too long for a client context.
    package static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) throws(ContractError) {
        appendArguments(call, of: request, to: &event.payload)
        var context = ByteBuffer(capacity: 448)
        context.append(
            "{\"custom\":{\"bedrockAgentCoreMessageVersion\":\"1.0\",\"bedrockAgentCoreAwsRequestId\":\""
        )
        if let id = call.callID { id.append(to: &context) }
        context.append("\",\"bedrockAgentCoreMcpMessageId\":")
        appendMessageID(call, of: request, to: &context)
        context.append(",\"bedrockAgentCoreGatewayId\":\"")
        context.append(gatewayID)
        context.append("\",\"bedrockAgentCoreTargetId\":")
        JSON.appendString(call.target, to: &context)
        context.append(",\"bedrockAgentCoreToolName\":")
        JSON.appendString(call.target, to: &context)
        context.bytes.removeLast()  // the quote: the tool's own name is the rest of the string
        context.append("___")
        let start = context.count
        JSON.appendString(call.tool, to: &context)
        context.bytes.remove(at: start)
        context.append("}}")
        event.clientContext = context
        try event.checkClientContext()
    }

    /// The id of the client's message as a string: a string as it stands, a number in quotes.
    private static func appendMessageID(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to context: inout ByteBuffer
    ) {
        guard let id = call.messageID, id.count <= messageIDBytesMax else {
            context.append(UInt8(ascii: "\""))
            context.append(decimal: call.id)
            context.append(UInt8(ascii: "\""))
            return
        }
        if let name = JSONName(request, at: id) {
            // Half a surrogate pair, which not every reader accepts, can only appear in an escape.
            if name.hasEscapes { return JSON.appendString(name.text(in: request), to: &context) }
            return context.append(request.extracting(id))
        }
        context.append(UInt8(ascii: "\""))
        context.append(request.extracting(id))
        context.append(UInt8(ascii: "\""))
    }

    /// Any JSON, or text, as for a plain function. What looks like a CallToolResult is used as one.
    package static func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer {
        PlainAnswer.read(bytes, payload: payload, takesResults: .whenPossible)
    }
}
