package import Bytes
package import MCP

/// A plain function that wasn't written for a gateway: the event is the tool's arguments, the answer any JSON.
package enum FunctionContract: ContractForm {
    package static var discovery: ContractDiscovery { .declared }

    package static func appendListPayload(
        _ kind: CatalogKind,
        cursor: String?,
        id: Int,
        to out: inout ByteBuffer
    ) {}

    /// The arguments go out byte for byte, as `{}` when there are none: functions index them without checking.
    package static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) {
        appendArguments(call, of: request, to: &event.payload)
    }

    /// Any JSON, or text. What is beyond doubt a CallToolResult is used as one.
    package static func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer {
        PlainAnswer.read(bytes, payload: payload, takesResults: .whenEvident)
    }
}
