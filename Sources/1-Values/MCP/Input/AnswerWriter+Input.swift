package import Bytes
import JSON

/// Writes what a target answers when it needs input from the client before it can go on.
extension AnswerWriter {
    /// The most bytes of a target's `requestState`, with its quotes and escapes.
    package static let stateBytesMax = 65_536

    /// Appends a target's result with `resultType` `input_required`.
    ///
    /// `inputRequests` and further members keep their bytes. For modern callers only: older revisions have no such result.
    /// - Parameters:
    ///   - result: a raw object in `bytes`.
    ///   - seal: what the client gets in the place of `requestState`, a raw string with its quotes; at most
    ///     `stateBytesMax` bytes.
    /// - Returns: what a client must declare to be asked all this. The caller must not send what a client didn't declare.
    /// - Throws: when the result can't be handed on; `out` is then as before.
    package func appendInputRequired(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        to out: inout ByteBuffer,
        seal: (Span<UInt8>) -> String
    ) throws(ToolResultFault) -> InputCapabilities {
        if let number = JSON.overlongNumber(bytes, in: result) { throw .overlongNumber(length: number.count) }
        if JSON.loneSurrogate(bytes, in: result) != nil {
            var mended = ByteBuffer(capacity: result.count)
            mended.append(bytes.extracting(result))
            JSON.replaceLoneSurrogates(in: &mended.bytes)
            return try appendInputRequired(0..<mended.count, in: mended.bytes.span, to: &out, seal: seal)
        }
        let requests = try InputRequests(of: Self.tree(of: result, bytes))
        let members = Self.members(of: result, bytes).filter { JSON.kind(bytes, at: $0.value) != .null }
        let state = members.first { $0.isNamed("requestState", in: bytes) }
        if let count = state?.value.count, count > Self.stateBytesMax {
            throw .badInputRequest(
                "requestState has \(count) bytes, and at most \(Self.stateBytesMax) can be passed on"
            )
        }
        out.append("{\"resultType\":\"input_required\"")
        for member in members where !isOwn(member, bytes) {
            if member.isNamed("requestState", in: bytes) {
                JSON.appendKey("requestState", to: &out)
                JSON.appendString(seal(bytes.extracting(member.value)), to: &out)
            } else {
                Self.append(member, bytes, to: &out)
            }
        }
        appendMeta(JSON.member("_meta", of: result, in: bytes), bytes, to: &out)
        out.append("}")
        return requests.needed
    }

    /// What a client must declare to be asked for what such a result asks; nil when the result is not sound.
    package static func neededInput(_ result: Range<Int>, in bytes: Span<UInt8>) -> InputCapabilities? {
        do throws(ToolResultFault) {
            return try InputRequests(of: tree(of: result, bytes)).needed
        } catch {
            return nil
        }
    }

    /// Whether a member is the gateway's own to say. Such a result is never kept, so that it says nothing of caching.
    /// Source: MCP 2026-07-28, "Caching"
    private func isOwn(_ member: JSONMember, _ bytes: Span<UInt8>) -> Bool {
        for own in ["_meta", "resultType", "ttlMs", "cacheScope"] as [StaticString]
        where member.isNamed(own, in: bytes) {
            return true
        }
        return false
    }
}
