package import Bytes
import JSON
package import MCP

/// `{"method","params"}` in, `{"statusCode","body"}` out, and the whole family of bodies that such functions answer with.
/// Source: the re:Post article "Wrapping MCP Servers as AWS Lambda Functions"
package enum MCPWrapperContract: ContractForm {
    package static var discovery: ContractDiscovery { .asked }

    package static func appendListPayload(
        _ kind: CatalogKind,
        cursor: String?,
        id: Int,
        to out: inout ByteBuffer
    ) {
        out.append("{\"method\":\"")
        out.append(kind.listMethod)
        out.append("\"")
        if let cursor {
            out.append(",\"params\":{\"cursor\":")
            JSON.appendString(cursor, to: &out)
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "}"))
    }

    /// The arguments go out byte for byte, as `{}` when there are none: functions index them without checking. Nothing
    /// of the client's `_meta` goes out.
    package static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) {
        event.payload.append("{\"method\":\"tools/call\",\"params\":{\"name\":")
        appendNameAndArguments(call, of: request, to: &event.payload)
        event.payload.append("}}")
    }

    /// One scan for the wrapper, one for its body; no tree. `bytes` are kept, not copied, when they hold the result.
    package static func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer {
        do throws(ContractError) {
            return try Unwrapped.read(bytes, payload: payload, for: .call).callAnswer()
        } catch {
            return CallAnswer(unusable: error)
        }
    }
}

/// Appends the tool's name as a JSON string, and the member `arguments`.
func appendNameAndArguments(
    _ call: borrowing CallContent,
    of request: Span<UInt8>,
    to out: inout ByteBuffer
) {
    JSON.appendString(call.tool, to: &out)
    out.append(",\"arguments\":")
    appendArguments(call, of: request, to: &out)
}

/// Appends the arguments byte for byte, or `{}` when there are none.
func appendArguments(_ call: borrowing CallContent, of request: Span<UInt8>, to out: inout ByteBuffer) {
    if let arguments = call.arguments {
        out.append(request.extracting(arguments))
    } else {
        out.append("{}")
    }
}
