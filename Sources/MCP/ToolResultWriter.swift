package import Bytes
package import JSON

/// Why a target's result can't be handed on.
package enum ToolResultFault: Error, Sendable, Equatable, CustomStringConvertible {
    case malformed(JSONError)
    case repeatedMember(String)
    case contentNotArray
    case unknownResultType(String)
    /// The target asks for input from the user, which this call can't relay.
    case inputRequired

    /// One sentence that may be shown to the caller.
    package var description: String {
        switch self {
        case .malformed(let error): "The target's result is not sound: \(error.description)."
        case .repeatedMember(let name): "The target's result has the member \(name) twice."
        case .contentNotArray: "The member content of the target's result is not an array."
        case .unknownResultType(let type): "The target's result has the unknown resultType \"\(type)\"."
        case .inputRequired: "The target asks for further input, which can't be relayed here."
        }
    }
}

/// Writes the result of `tools/call` for one protocol version, from a target's result or from the gateway's
/// own words.
package struct ToolResultWriter {
    private let version: ProtocolVersion
    private let identity: ServerIdentity

    package init(version: ProtocolVersion, identity: ServerIdentity) {
        self.version = version
        self.identity = identity
    }

    /// Appends a target's result, made fit for the caller's version. One pass, no tree, slices are copied.
    ///
    /// `result` is a raw object in `bytes`. Modern callers get `resultType` and the gateway as `serverInfo`;
    /// legacy ones lose what their revision doesn't know. A missing `content` is made up from
    /// `structuredContent`.
    /// - Throws: when the result can't be handed on; `out` is then as before.
    package func append(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        let start = out.count
        do throws(ToolResultFault) {
            try appendMembers(result, in: bytes, to: &out)
        } catch {
            out.bytes.removeSubrange(start...)
            throw error
        }
    }

    /// Appends a result that says that the call failed, in words a model can act on.
    ///
    /// `code` is the gateway's own name for the cause, `requestID` the upstream's id of the request. Neither
    /// they nor the text may hold a stack trace or a secret.
    package func appendFailure(text: String, code: String, requestID: String?, to out: inout ByteBuffer) {
        out.append(version.isModern ? "{\"resultType\":\"complete\",\"content\":[" : "{\"content\":[")
        appendText(text.utf8.span, to: &out)
        out.append("],\"isError\":true,\"_meta\":{\"mcp-gateway/error\":{\"code\":")
        JSON.appendString(code, to: &out)
        if let requestID {
            JSON.appendKey("requestId", to: &out)
            JSON.appendString(requestID, to: &out)
        }
        out.append("}")
        if version.isModern { identity.appendMetaMember(to: &out) }
        out.append("}}")
    }

    /// Appends a result of one text block, for an answer that is no MCP result.
    package func appendText(_ text: String, isError: Bool, to out: inout ByteBuffer) {
        out.append(version.isModern ? "{\"resultType\":\"complete\",\"content\":[" : "{\"content\":[")
        appendText(text.utf8.span, to: &out)
        out.append(isError ? "],\"isError\":true" : "],\"isError\":false")
        if version.isModern { identity.appendMeta(to: &out) }
        out.append("}")
    }

    private func appendMembers(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        var names = DuplicateKeyCheck()
        var members = Members()
        out.append(version.isModern ? "{\"resultType\":\"complete\"" : "{")
        do throws(JSONError) {
            var walk = try JSONObjectWalk(bytes, at: result.lowerBound, end: result.upperBound)
            while let name = try walk.next(bytes) {
                try names.add(name, in: bytes)
                let value = try walk.skip(bytes)
                let member = Member(name, in: bytes)
                members.note(member, value)
                guard keeps(member, value, bytes) else { continue }
                JSON.appendSeparator(to: &out)
                let start = name.range.lowerBound - 1
                let isTight = value.lowerBound - name.range.upperBound == 2
                if isTight, version != .v20250326 {
                    out.append(bytes.extracting(start..<value.upperBound))
                    continue
                }
                out.append(bytes.extracting(start..<name.range.upperBound + 1))
                out.append(":")
                if version == .v20250326, member == .content {
                    try appendDowngraded(value, bytes, to: &out)
                } else {
                    out.append(bytes.extracting(value))
                }
            }
            guard walk.position == result.upperBound else {
                throw JSONError(offset: walk.position, reason: .trailingBytes)
            }
            try appendRest(members, bytes, to: &out)
        } catch {
            throw fault(error, bytes, result)
        }
        if let fault = members.fault(bytes) { throw fault }
        out.append(UInt8(ascii: "}"))
    }

    /// Whether a member is copied as it is. `_meta` never is, as it is merged at the end.
    private func keeps(_ member: Member, _ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        switch member {
        case .content: return true
        case .meta, .resultType: return false
        case .isError:
            let kind = JSON.kind(bytes, at: value)
            return kind == .true || kind == .false
        case .structuredContent:
            return version.isModern || version >= .v20250618 && JSON.kind(bytes, at: value) == .object
        case .caching: return version.isModern
        case .other: return true
        }
    }

    /// Appends what stands at the end: a made-up `content`, and the merged `_meta`.
    private func appendRest(
        _ members: Members,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(JSONError) {
        if members.content == nil {
            JSON.appendKey("content", to: &out)
            out.append("[")
            if let structured = members.structuredContent, JSON.kind(bytes, at: structured) != .null {
                appendText(bytes.extracting(structured), to: &out)
            }
            out.append("]")
        }
        var isOpen = false
        if let meta = members.meta, JSON.kind(bytes, at: meta) == .object {
            try JSON.forEachMember(bytes, of: meta) { member throws(JSONError) in
                if member.isNamed("io.modelcontextprotocol/serverInfo", in: bytes) { return }
                if !isOpen {
                    JSON.appendKey("_meta", to: &out)
                    out.append("{")
                    isOpen = true
                }
                JSON.appendSeparator(to: &out)
                out.append(bytes.extracting(member.key.lowerBound - 1..<member.key.upperBound + 1))
                out.append(":")
                out.append(bytes.extracting(member.value))
            }
        }
        if version.isModern {
            if !isOpen { return identity.appendMeta(to: &out) }
            identity.appendMetaMember(to: &out)
        }
        if isOpen { out.append("}") }
    }

    /// Appends the content blocks with each `resource_link`, which 2025-03-26 doesn't know, as text.
    private func appendDowngraded(
        _ content: Range<Int>,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(JSONError) {
        guard JSON.kind(bytes, at: content) == .array else { return out.append(bytes.extracting(content)) }
        out.append("[")
        try JSON.forEachElement(bytes, of: content) { block throws(JSONError) in
            JSON.appendSeparator(to: &out)
            let type = JSON.member("type", of: block, in: bytes).flatMap { JSONName(bytes, at: $0) }
            guard type?.equals("resource_link", in: bytes) == true else {
                return out.append(bytes.extracting(block))
            }
            let label =
                JSON.member("title", of: block, in: bytes).flatMap { JSON.string(bytes, at: $0) }
                ?? JSON.member("name", of: block, in: bytes).flatMap { JSON.string(bytes, at: $0) }
            let uri = JSON.member("uri", of: block, in: bytes).flatMap { JSON.string(bytes, at: $0) } ?? ""
            let text = label.map { "\($0): \(uri)" } ?? uri
            appendText(text.utf8.span, to: &out)
        }
        out.append("]")
    }

    private func appendText(_ text: Span<UInt8>, to out: inout ByteBuffer) {
        out.append("{\"type\":\"text\",\"text\":")
        JSON.appendString(utf8: text, to: &out)
        out.append("}")
    }

    private func fault(_ error: JSONError, _ bytes: Span<UInt8>, _ result: Range<Int>) -> ToolResultFault {
        guard error.reason == .duplicateKey else {
            return .malformed(JSONError(offset: error.offset - result.lowerBound, reason: error.reason))
        }
        var end = error.offset
        while end < result.upperBound, bytes[end] != UInt8(ascii: "\""), end - error.offset < 64 { end += 1 }
        return .repeatedMember(bytes.text(error.offset..<end))
    }
}

/// What the name of a result's member says.
private enum Member {
    case content, structuredContent, isError, meta, resultType
    /// `ttlMs` or `cacheScope`.
    case caching
    case other

    init(_ name: JSONName, in bytes: Span<UInt8>) {
        if name.equals("content", in: bytes) {
            self = .content
        } else if name.equals("isError", in: bytes) {
            self = .isError
        } else if name.equals("structuredContent", in: bytes) {
            self = .structuredContent
        } else if name.equals("_meta", in: bytes) {
            self = .meta
        } else if name.equals("resultType", in: bytes) {
            self = .resultType
        } else if name.equals("ttlMs", in: bytes) || name.equals("cacheScope", in: bytes) {
            self = .caching
        } else {
            self = .other
        }
    }
}

/// The members of a result that decide about others.
private struct Members {
    private(set) var content: Range<Int>?
    private(set) var structuredContent: Range<Int>?
    private(set) var meta: Range<Int>?
    private var resultType: Range<Int>?

    init() {}

    mutating func note(_ member: Member, _ value: Range<Int>) {
        switch member {
        case .content: content = value
        case .structuredContent: structuredContent = value
        case .meta: meta = value
        case .resultType: resultType = value
        case .isError, .caching, .other: break
        }
    }

    func fault(_ bytes: Span<UInt8>) -> ToolResultFault? {
        if let resultType, JSON.kind(bytes, at: resultType) != .null {
            guard let type = JSONName(bytes, at: resultType) else {
                return .unknownResultType(String(bytes.text(resultType).prefix(32)))
            }
            if type.equals("input_required", in: bytes) { return .inputRequired }
            guard type.equals("complete", in: bytes) else {
                return .unknownResultType(String(type.text(in: bytes).prefix(32)))
            }
        }
        if let content, JSON.kind(bytes, at: content) != .array { return .contentNotArray }
        return nil
    }
}
