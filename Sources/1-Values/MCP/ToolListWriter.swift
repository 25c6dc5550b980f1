package import Bytes
package import JSON

/// Writes the result of `tools/list` for one protocol version. Definitions are spliced as their target sent
/// them.
///
/// Call `begin`, `append` for each tool, and `end`. A page depends on the version and the tools alone, so it can be
/// kept and reused.
package struct ToolListWriter {
    private let version: ProtocolVersion
    private let identity: ServerIdentity

    package init(version: ProtocolVersion, identity: ServerIdentity) {
        self.version = version
        self.identity = identity
    }

    package func begin(_ out: inout ByteBuffer) {
        out.append(version.isModern ? "{\"resultType\":\"complete\",\"tools\":[" : "{\"tools\":[")
    }

    /// Appends one tool under its exposed name.
    ///
    /// Other members keep their bytes and order; those that the version doesn't know are left out.
    /// `definition` is a raw object that `ToolDefinition` accepted.
    /// - Throws: when it isn't a valid object; `out` is then as before.
    package func append(
        _ definition: Span<UInt8>,
        exposedName: String,
        to out: inout ByteBuffer
    ) throws(JSONError) {
        let start = out.count
        do throws(JSONError) {
            JSON.appendSeparator(to: &out)
            out.append("{")
            try JSON.forEachMember(definition, of: 0..<definition.count) { member throws(JSONError) in
                if member.isNamed("name", in: definition) {
                    JSON.appendKey("name", to: &out)
                    JSON.appendString(exposedName, to: &out)
                } else if keeps(member, definition) {
                    JSON.appendSeparator(to: &out)
                    out.append(definition.extracting(member.key.lowerBound - 1..<member.key.upperBound + 1))
                    out.append(":")
                    out.append(definition.extracting(member.value))
                }
            }
            out.append("}")
        } catch {
            out.bytes.removeSubrange(start...)
            throw error
        }
    }

    /// `nextCursor` is nil on the last page; `ttlMs` is sent to modern clients only.
    package func end(nextCursor: String?, ttlMs: Int, to out: inout ByteBuffer) {
        out.append("]")
        if let nextCursor {
            JSON.appendKey("nextCursor", to: &out)
            JSON.appendString(nextCursor, to: &out)
        }
        if version.isModern {
            RPCWriter.appendCaching(ttlMs: ttlMs, to: &out)
            identity.appendMeta(to: &out)
        }
        out.append("}")
    }

    /// Whether this revision has the tool's member. Names that no revision knows are the target's own and stay. A
    /// member that is null, as some serializers write absent ones, would break clients and is left out.
    private func keeps(_ member: JSONMember, _ bytes: Span<UInt8>) -> Bool {
        if JSON.kind(bytes, at: member.value) == .null { return false }
        if member.isNamed("outputSchema", in: bytes) {
            return version.isModern || version >= .v20250618 && hasObjectRoot(bytes, member.value)
        }
        if member.isNamed("title", in: bytes) || member.isNamed("_meta", in: bytes) {
            return version >= .v20250618
        }
        if member.isNamed("icons", in: bytes) { return version >= .v20251125 }
        if member.isNamed("execution", in: bytes) { return version == .v20251125 }
        return true
    }

    /// Before 2026-07-28 a structured result is an object, and its schema must say so.
    private func hasObjectRoot(_ bytes: Span<UInt8>, _ schema: Range<Int>) -> Bool {
        guard let type = JSON.member("type", of: schema, in: bytes) else { return false }
        return JSONName(bytes, at: type)?.equals("object", in: bytes) == true
    }
}
