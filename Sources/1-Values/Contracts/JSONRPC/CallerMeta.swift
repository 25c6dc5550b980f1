import Bytes
import JSON

/// What of a caller's `_meta` reaches the function: every member, byte for byte, but those that are about the hop from the caller
/// to the gateway. These are names with a prefix that MCP reserves, and the gateway's own.
///
/// Source: MCP 2026-07-28, "_meta"
enum CallerMeta {
    /// Appends the members that are passed on, each behind a comma or, for the first one, behind `opening`.
    /// - Parameters:
    ///   - meta: a validated raw object in `bytes`.
    ///   - hasTrace: whether the gateway has written the trace context itself.
    ///   - isOpen: whether there are members already; set when there are then.
    static func append(
        _ meta: Range<Int>,
        in bytes: Span<UInt8>,
        hasTrace: Bool,
        opening: StaticString,
        isOpen: inout Bool,
        to out: inout ByteBuffer
    ) {
        // It was validated with its message, so nothing is thrown.
        guard var walk = try? JSONObjectWalk(bytes, at: meta.lowerBound, end: meta.upperBound) else { return }
        while let name = try? walk.next(bytes), let value = try? walk.skip(bytes) {
            guard passes(name, in: bytes, hasTrace) else { continue }
            if isOpen { out.append(UInt8(ascii: ",")) } else { out.append(opening) }
            isOpen = true
            out.append(UInt8(ascii: "\""))
            out.append(bytes.extracting(name.range))
            out.append("\":")
            out.append(bytes.extracting(value))
        }
    }

    private static func passes(_ name: JSONName, in bytes: Span<UInt8>, _ hasTrace: Bool) -> Bool {
        if hasTrace, name.equals("traceparent", in: bytes) || name.equals("tracestate", in: bytes) {
            return false
        }
        // Nearly all names are without a prefix, or begin like this.
        let reserved: StaticString = "io.modelcontextprotocol/"
        let end = name.range.lowerBound + reserved.utf8CodeUnitCount
        if end <= name.range.upperBound, bytes.equals(name.range.lowerBound..<end, reserved) { return false }
        guard name.hasEscapes || hasSlash(name.range, bytes) else { return true }
        let text = JSONMember(key: name.range, keyHasEscapes: name.hasEscapes, value: 0..<0).name(in: bytes)
        guard let slash = text.firstIndex(of: "/") else { return true }
        let prefix = text[..<slash]
        return prefix != "mcp-gateway"
            && !prefix.split(separator: ".").contains { $0 == "mcp" || $0 == "modelcontextprotocol" }
    }

    private static func hasSlash(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        for at in range where bytes[at] == UInt8(ascii: "/") { return true }
        return false
    }
}
