package import Bytes
package import JSON

/// Writes the result of a list of one kind for one protocol version. Definitions are spliced as their target sent
/// them.
///
/// Begin, append each entry, end. A page depends on the version and the entries alone, so it can be kept and
/// reused.
package struct ListWriter {
    private let version: ProtocolVersion
    private let identity: ServerIdentity
    private let kind: CatalogKind

    package init(version: ProtocolVersion, identity: ServerIdentity, kind: CatalogKind = .tool) {
        self.version = version
        self.identity = identity
        self.kind = kind
    }

    package func begin(_ out: inout ByteBuffer) {
        out.append(version.isModern ? "{\"resultType\":\"complete\",\"" : "{\"")
        out.append(kind.listMember)
        out.append("\":[")
    }

    /// Appends one entry under its exposed name, or its exposed URI.
    ///
    /// Other members keep their bytes and order; those that the version doesn't know are left out.
    /// `definition` is a raw object that `ToolDefinition` or `EntryDefinition` accepted.
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
                if member.isNamed(kind.nameMember, in: definition) {
                    JSON.appendKey(kind.nameMember, to: &out)
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

    /// The members of an entry by revision. Names that no revision knows are the target's own and stay. An
    /// optional member that is null, as some serializers write absent ones, would break clients and goes.
    private func keeps(_ member: JSONMember, _ bytes: Span<UInt8>) -> Bool {
        if JSON.kind(bytes, at: member.value) == .null { return false }
        if kind == .tool, member.isNamed("outputSchema", in: bytes) {
            return version.isModern || version >= .v20250618 && hasObjectRoot(bytes, member.value)
        }
        if member.isNamed("title", in: bytes) || member.isNamed("_meta", in: bytes) {
            return version >= .v20250618
        }
        if member.isNamed("icons", in: bytes) { return version >= .v20251125 }
        if kind == .tool, member.isNamed("execution", in: bytes) { return version == .v20251125 }
        return true
    }

    /// Before 2026-07-28 a structured result is an object, and its schema must say so.
    private func hasObjectRoot(_ bytes: Span<UInt8>, _ schema: Range<Int>) -> Bool {
        guard let type = JSON.member("type", of: schema, in: bytes) else { return false }
        return JSONName(bytes, at: type)?.equals("object", in: bytes) == true
    }
}
