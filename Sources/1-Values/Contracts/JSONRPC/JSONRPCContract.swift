package import Bytes
import JSON
package import MCP

/// A JSON-RPC message in, a JSON-RPC message out, as run-mcp-servers-with-aws-lambda speaks it.
package enum JSONRPCContract: ContractForm {
    package static var discovery: ContractDiscovery { .asked }

    package static func appendListPayload(
        _ kind: CatalogKind,
        cursor: String?,
        id: Int,
        to out: inout ByteBuffer
    ) {
        appendStart(kind.listMethod, id: id, to: &out)
        out.append(",\"params\":{")
        if let cursor {
            out.append("\"cursor\":")
            JSON.appendString(cursor, to: &out)
        }
        out.append("}}")
    }

    /// The arguments go out byte for byte, and so does of the client's `_meta` what `CallerMeta` lets pass; the caller's identity is written by the gateway. Where the caller can be asked for input or gives some, that goes out
    /// too, without a version: servers behind a standard input that began with `initialize` refuse a message that names one.
    package static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) {
        append(call, of: request, era: .unsaid, to: &event.payload)
    }

    /// How a function is spoken to.
    enum Era {
        /// In a version before 2026-07-28, which has no place for what a caller can be asked for and answers.
        case legacy
        /// In 2026-07-28.
        case modern
        /// Without a word of a version, which is for the function to know.
        case unsaid
    }

    /// Appends the message of a call.
    /// - Parameter era: how the function is spoken to.
    static func append(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        era: Era,
        to out: inout ByteBuffer
    ) {
        appendStart("tools/call", id: call.id, to: &out)
        out.append(",\"params\":{\"name\":")
        appendNameAndArguments(call, of: request, to: &out)
        if era != .legacy { call.input?.appendAnswers(of: request, to: &out) }
        appendMeta(call, of: request, era: era, to: &out)
        out.append("}}")
    }

    /// Appends the message of a question.
    /// - Parameter era: as above.
    static func append(
        _ question: borrowing FunctionQuestion,
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        era: Era,
        to out: inout ByteBuffer
    ) {
        appendStart(question.method, id: call.id, to: &out)
        out.append(",\"params\":{")
        out.append(contentsOf: question.params.bytes)
        if era != .legacy { call.input?.appendAnswers(of: request, to: &out) }
        appendMeta(call, of: request, era: era, to: &out)
        out.append("}}")
    }

    /// Appends the member `_meta`, if it has anything to hold.
    private static func appendMeta(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        era: Era,
        to out: inout ByteBuffer
    ) {
        var isOpen = false
        func open(_ out: inout ByteBuffer) {
            out.append(isOpen ? "," : ",\"_meta\":{")
            isOpen = true
        }
        if era == .modern {
            open(&out)
            out.append(modernMeta)
            if let input = call.input { input.capabilities.append(to: &out) } else { out.append("{}") }
        } else if era == .unsaid, let input = call.input {
            open(&out)
            out.append("\"io.modelcontextprotocol/clientCapabilities\":")
            input.capabilities.append(to: &out)
        }
        if era != .legacy, let level = call.level {
            open(&out)
            out.append("\"io.modelcontextprotocol/logLevel\":\"")
            out.append(level.rawValue)
            out.append("\"")
        }
        if let caller = call.caller {
            open(&out)
            caller.appendMetaMember(to: &out)
        }
        if let trace = call.trace {
            open(&out)
            trace.appendMembers(to: &out)
        }
        if let meta = call.meta {
            let hasTrace = call.trace != nil
            CallerMeta.append(
                meta,
                in: request,
                hasTrace: hasTrace,
                opening: ",\"_meta\":{",
                isOpen: &isOpen,
                to: &out
            )
        }
        if isOpen { out.append(UInt8(ascii: "}")) }
    }

    /// The members with which each request of 2026-07-28 names its sender, up to the value of the client's capabilities.
    /// Source: MCP 2026-07-28, "_meta"
    static var modernMeta: StaticString {
        """
        "io.modelcontextprotocol/protocolVersion":"2026-07-28",\
        "io.modelcontextprotocol/clientInfo":{"name":"mcp-gateway","version":"1"},\
        "io.modelcontextprotocol/clientCapabilities":
        """
    }

    static func appendStart(_ method: StaticString, id: Int, to out: inout ByteBuffer) {
        out.append("{\"jsonrpc\":\"2.0\",\"id\":")
        out.append(decimal: id)
        out.append(",\"method\":\"")
        out.append(method)
        out.append(UInt8(ascii: "\""))
    }
}
