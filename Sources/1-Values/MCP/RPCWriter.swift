package import Bytes
import JSON

/// Writes JSON-RPC envelopes and the results that need no catalog. Appends only; only the buffer allocates.
///
/// `bytes` are those of the request, and `id` is a range in them.
package enum RPCWriter {
    /// Appends the envelope up to its result; the caller appends one raw value and then calls `closeResult`.
    package static func openResult(id: Range<Int>, in bytes: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(atMost: id.count + 34) { out in
            out.append("{\"jsonrpc\":\"2.0\",\"id\":")
            out.append(bytes.extracting(id))
            out.append(",\"result\":")
        }
    }

    /// The range of the result in a whole answer that was begun by `openResult` and closed.
    /// - Parameter idCount: the number of bytes of the raw id.
    package static func result(of answer: borrowing ByteBuffer, idCount: Int) -> Range<Int> {
        "{\"jsonrpc\":\"2.0\",\"id\":".utf8.count + idCount + ",\"result\":".utf8.count..<answer.count - 1
    }

    package static func closeResult(to out: inout ByteBuffer) { out.append(UInt8(ascii: "}")) }

    /// Appends a whole answer with an error. An unreadable id is left out for modern clients, null for legacy
    /// ones.
    package static func appendError(
        _ error: RPCError,
        id: Range<Int>?,
        in bytes: Span<UInt8>,
        isModern: Bool,
        to out: inout ByteBuffer
    ) {
        out.append("{\"jsonrpc\":\"2.0\"")
        if let id {
            out.append(",\"id\":")
            out.append(bytes.extracting(id))
        } else if !isModern {
            out.append(",\"id\":null")
        }
        out.append(",\"error\":{\"code\":")
        out.append(decimal: error.code.rawValue)
        JSON.appendKey("message", to: &out)
        JSON.appendString(error.message, to: &out)
        if let data = error.data {
            JSON.appendKey("data", to: &out)
            out.append(contentsOf: data.bytes)
        }
        out.append("}}")
    }

    /// Appends the result of `ping` and `logging/setLevel`, which only legacy clients send.
    package static func appendEmptyResult(to out: inout ByteBuffer) { out.append("{}") }

    /// Appends the result of `server/discover`: the versions, and what the caller's view has.
    package static func appendDiscoverResult(
        _ identity: ServerIdentity,
        _ offer: ServerOffer,
        ttlMs: Int,
        to out: inout ByteBuffer
    ) {
        out.append("{\"resultType\":\"complete\",\"supportedVersions\":[")
        for version in ProtocolVersion.served {
            JSON.appendSeparator(to: &out)
            JSON.appendString(version.rawValue, to: &out)
        }
        out.append("],\"capabilities\":")
        offer.appendCapabilities(to: &out)
        appendInstructions(offer, to: &out)
        appendCaching(ttlMs: ttlMs, to: &out)
        identity.appendMeta(to: &out)
        out.append("}")
    }

    /// Appends the result of `initialize`.
    package static func appendInitializeResult(
        _ version: ProtocolVersion,
        _ identity: ServerIdentity,
        _ offer: ServerOffer,
        to out: inout ByteBuffer
    ) {
        out.append("{\"protocolVersion\":")
        JSON.appendString(version.rawValue, to: &out)
        out.append(",\"capabilities\":")
        offer.appendCapabilities(to: &out)
        out.append(",\"serverInfo\":")
        identity.appendInfo(for: version, to: &out)
        appendInstructions(offer, to: &out)
        out.append("}")
    }

    /// Appends how long a client may keep the result. A view depends on the caller, so it is never shared.
    static func appendCaching(ttlMs: Int, to out: inout ByteBuffer) {
        JSON.appendKey("ttlMs", to: &out)
        out.append(decimal: max(0, ttlMs))
        JSON.appendKey("cacheScope", to: &out)
        out.append("\"private\"")
    }

    private static func appendInstructions(_ offer: ServerOffer, to out: inout ByteBuffer) {
        guard let instructions = offer.instructions else { return }
        JSON.appendKey("instructions", to: &out)
        JSON.appendString(instructions, to: &out)
    }
}

extension Rejection {
    /// The whole answer's body.
    package func body(in bytes: Span<UInt8>) -> ByteBuffer {
        var out = ByteBuffer(capacity: 256)
        RPCWriter.appendError(error, id: id, in: bytes, isModern: isModern, to: &out)
        return out
    }
}

/// The version that an `initialize` request asks for. Source: lifecycle, "Version Negotiation".
package enum Handshake {
    /// The version to answer with: the requested one when it is served in the legacy era, else the latest of
    /// that era.
    /// - Throws: `-32602` when `params.protocolVersion` is missing or isn't a string.
    package static func version(
        for message: RPCMessage,
        in bytes: Span<UInt8>
    ) throws(RPCError) -> ProtocolVersion {
        guard let params = message.params, let value = JSON.member("protocolVersion", of: params, in: bytes)
        else {
            throw RPCError(.invalidParams, "params.protocolVersion is missing.")
        }
        guard let name = JSONName(bytes, at: value) else {
            throw RPCError(.invalidParams, "params.protocolVersion must be a string.")
        }
        guard let version = ProtocolVersion(rawValue: name.text(in: bytes)), !version.isModern else {
            return .latestLegacy
        }
        return version
    }
}
