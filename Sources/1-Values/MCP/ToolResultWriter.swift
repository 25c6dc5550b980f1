package import Bytes
package import JSON
import Text

/// Why a target's result can't be passed on.
package enum ToolResultFault: Error, Sendable, Equatable, CustomStringConvertible {
    case malformed(JSONError)
    case repeatedMember(String)
    case notObject
    case contentNotArray
    /// Of a prompt, a resource or a completion: the member that must be there, or must be a list.
    case missing(String)
    case notArray(String)
    /// A resource without contents.
    case empty
    /// A content block that no revision allows; `shown` is its beginning, redacted.
    case unusableBlock(ShapeFault, shown: String)
    /// A number with more characters than strict readers accept.
    case overlongNumber(length: Int)
    case unknownResultType(String)
    /// The target asks for input from the user, which this call can't relay.
    case inputRequired
    /// The target asks for input in a form that can't be passed on; the text says why, without a full stop.
    case badInputRequest(String)

    /// One sentence or two that may be shown to the caller.
    package var description: String {
        switch self {
        case .malformed(let error): "The target's result is not sound: \(error.description)."
        case .repeatedMember(let name):
            "The target's result has the member \(HiddenCharacters.shown(name)) twice."
        case .notObject: "The target's result is not an object."
        case .missing(let name): "The target's result has no member \(name)."
        case .notArray(let name): "The member \(name) of the target's result is not a list as it must be."
        case .empty: "The target's result has no contents."
        case .contentNotArray: "The member content of the target's result is not an array."
        case .unusableBlock(let fault, let shown):
            "The tool's answer can't be used: \(fault.description). The block: \(shown)"
        case .overlongNumber(let length):
            "The tool's answer can't be used: it holds a number of \(length) characters, "
                + "and at most \(JSON.numberLengthMax) can be passed on."
        case .unknownResultType(let type):
            "The target's result has the unknown resultType \"\(HiddenCharacters.shown(type))\"."
        case .badInputRequest(let reason):
            "The target asks for further input in a form that can't be passed on: \(reason)."
        case .inputRequired: "The target asks for further input, which can't be relayed here."
        }
    }
}

/// Writes the result of `tools/call` for one protocol version, from a target's result or from the gateway's
/// own words.
package struct ToolResultWriter {
    let version: ProtocolVersion
    private let identity: ServerIdentity

    package init(version: ProtocolVersion, identity: ServerIdentity) {
        self.version = version
        self.identity = identity
    }

    /// Appends a target's result in a form that the caller's version and strict readers accept.
    ///
    /// `result` is a raw object in `bytes`; `isError` says that the function marked it as an error, whatever its own
    /// `isError` looks like. Modern callers get `resultType` and the gateway as `serverInfo`; legacy callers don't get
    /// what their revision doesn't know. A `content` that is missing, or that is empty while `structuredContent` can't
    /// be sent, is made from `structuredContent`. Half a surrogate pair becomes U+FFFD.
    ///
    /// One walk, no tree, slices are copied, as long as every block is ordinary (`ContentScan`). No walk when `form`, which
    /// must be true of the result, says that all members can stay as they are.
    /// - Throws: when the result can't be handed on; `out` is then as before.
    package func append(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        isError: Bool = false,
        form: ResultForm = .unknown,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        if let number = JSON.overlongNumber(bytes, in: result) {
            throw .overlongNumber(length: number.count)
        }
        if JSON.loneSurrogate(bytes, in: result) != nil {
            var mended = ByteBuffer(capacity: result.count)
            mended.append(bytes.extracting(result))
            JSON.replaceLoneSurrogates(in: &mended.bytes)
            return try append(0..<mended.count, in: mended.bytes.span, isError: isError, form: form, to: &out)
        }
        if form.isWhole(for: version) { return appendWhole(result, bytes, to: &out) }
        let start = out.count
        do throws(ToolResultFault) {
            try appendMembers(result, in: bytes, isError, to: &out)
        } catch {
            out.bytes.removeSubrange(start...)
            throw error
        }
    }

    private func appendWhole(_ result: Range<Int>, _ bytes: Span<UInt8>, to out: inout ByteBuffer) {
        let (isModern, meta) = (version.isModern, identity.meta)
        out.append(atMost: result.count + meta.count + 32) { out in
            out.append(isModern ? "{\"resultType\":\"complete\"," : "{")
            out.append(bytes.extracting(result.lowerBound + 1..<result.upperBound - 1))
            if isModern {
                out.append(",")
                out.append(meta.bytes.span)
            }
            out.append("}")
        }
    }

    /// Appends a result that reports a failed call, in words that a model can act on.
    ///
    /// None of the failure's texts may hold a stack trace or a secret.
    package func appendFailure(_ failure: CallFailure, to out: inout ByteBuffer) {
        out.append(version.isModern ? "{\"resultType\":\"complete\",\"content\":[" : "{\"content\":[")
        appendText(failure.text.utf8.span, to: &out)
        out.append("],\"isError\":true,\"_meta\":{\"mcp-gateway/error\":{\"code\":")
        JSON.appendString(failure.code, to: &out)
        if let type = failure.type {
            JSON.appendKey("type", to: &out)
            JSON.appendString(type, to: &out)
        }
        if let status = failure.status {
            JSON.appendKey("status", to: &out)
            out.append(decimal: status)
        }
        if let requestID = failure.requestID {
            JSON.appendKey("requestId", to: &out)
            JSON.appendString(requestID, to: &out)
        }
        out.append("}")
        if version.isModern { identity.appendMetaMember(to: &out) }
        out.append("}}")
    }

    private func appendMembers(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        _ isError: Bool,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        var members = Members()
        out.append(version.isModern ? "{\"resultType\":\"complete\"" : "{")
        do throws(JSONError) { try walk(result, bytes, isError, &members, to: &out) } catch {
            throw fault(error, bytes, result)
        }
        if let fault = members.fault(bytes) { throw fault }
        do throws(JSONError) { try appendRest(members, bytes, isError, to: &out) } catch {
            throw fault(error, bytes, result)
        }
        out.append(UInt8(ascii: "}"))
    }

    /// Appends the members that are kept, in their order, and notes all members.
    private func walk(
        _ result: Range<Int>,
        _ bytes: Span<UInt8>,
        _ isError: Bool,
        _ members: inout Members,
        to out: inout ByteBuffer
    ) throws(JSONError) {
        var names = DuplicateKeyCheck()
        var walk = try JSONObjectWalk(bytes, at: result.lowerBound, end: result.upperBound)
        while let name = try walk.next(bytes) {
            try names.add(name, in: bytes)
            let member = Member(name, in: bytes)
            if member == .content, walk.position < result.upperBound,
                bytes[walk.position] == UInt8(ascii: "[")
            {
                let scan = try ContentScan(bytes, at: walk.position, end: result.upperBound)
                walk.resume(at: scan.range.upperBound)
                members.note(member, scan.range, bytes)
                appendContent(scan, bytes, &members, to: &out)
                continue
            }
            let value = try walk.skip(bytes)
            members.note(member, value, bytes)
            guard keeps(member, value, bytes, isError) else { continue }
            JSON.appendSeparator(to: &out)
            let start = name.range.lowerBound - 1
            if value.lowerBound - name.range.upperBound == 2 {
                out.append(bytes.extracting(start..<value.upperBound))
                continue
            }
            out.append(bytes.extracting(start..<name.range.upperBound + 1))
            out.append(":")
            out.append(bytes.extracting(value))
        }
        guard walk.position == result.upperBound else {
            throw JSONError(offset: walk.position, reason: .trailingBytes)
        }
    }

    /// Appends the member `content`. A block that can't be used is only noted: a fault in the JSON after it takes
    /// precedence.
    private func appendContent(
        _ scan: ContentScan,
        _ bytes: Span<UInt8>,
        _ members: inout Members,
        to out: inout ByteBuffer
    ) {
        JSON.appendKey("content", to: &out)
        if scan.isOrdinary {
            out.append(bytes.extracting(scan.range))
        } else {
            do throws(ToolResultFault) { try appendMended(scan.range, bytes, to: &out) } catch {
                members.contentFault = error
            }
        }
        if scan.isEmpty { members.emptyContentEnd = out.count }
    }

    /// Whether a member is copied as it is. `_meta` never is, as it is merged at the end.
    private func keeps(_ member: Member, _ value: Range<Int>, _ bytes: Span<UInt8>, _ isError: Bool) -> Bool {
        switch member {
        case .content, .meta, .resultType: return false
        case .isError:
            let kind = JSON.kind(bytes, at: value)
            return kind == .true || kind == .false && !isError
        case .structuredContent: return shows(structured: value, bytes)
        case .caching where !version.isModern: return false
        case .caching, .other: return JSON.kind(bytes, at: value) != .null
        }
    }

    /// Whether the caller's version has `structuredContent` of this kind.
    private func shows(structured value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        let kind = JSON.kind(bytes, at: value)
        return version.isModern ? kind != .null : version >= .v20250618 && kind == .object
    }

    /// Appends what was missing: `content`, `isError`, and the merged `_meta`.
    private func appendRest(
        _ members: Members,
        _ bytes: Span<UInt8>,
        _ isError: Bool,
        to out: inout ByteBuffer
    ) throws(JSONError) {
        if members.content == nil {
            JSON.appendKey("content", to: &out)
            out.append("[")
            if let structured = members.structuredContent {
                appendText(bytes.extracting(structured), to: &out)
            }
            out.append("]")
        } else if let end = members.emptyContentEnd, let structured = members.structuredContent,
            !shows(structured: structured, bytes)
        {
            var block = ByteBuffer(capacity: structured.count + 32)
            appendText(bytes.extracting(structured), to: &block)
            out.bytes.insert(contentsOf: block.bytes, at: end - 1)
        }
        if isError, !members.saysError { out.append(",\"isError\":true") }
        try appendMeta(members.meta, bytes, to: &out)
    }

    /// Appends the function's `_meta` without members that only the gateway may write; for modern callers with
    /// `serverInfo`.
    private func appendMeta(
        _ meta: Range<Int>?,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(JSONError) {
        var isOpen = false
        if let meta, JSON.kind(bytes, at: meta) == .object {
            try JSON.forEachMember(bytes, of: meta) { member throws(JSONError) in
                guard keeps(metaMember: member, bytes) else { return }
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

    /// Whether a member of `_meta` is kept. Two are the gateway's own; of two others, clients check types that the
    /// schemas leave open.
    private func keeps(metaMember member: JSONMember, _ bytes: Span<UInt8>) -> Bool {
        if member.isNamed("io.modelcontextprotocol/serverInfo", in: bytes)
            || member.isNamed("mcp-gateway/error", in: bytes)
        {
            return false
        }
        if member.isNamed("progressToken", in: bytes) {
            return JSON.kind(bytes, at: member.value) == .string || JSON.int(bytes, at: member.value) != nil
        }
        if member.isNamed("io.modelcontextprotocol/related-task", in: bytes) {
            let task = JSON.member("taskId", of: member.value, in: bytes)
            return task.map { JSON.kind(bytes, at: $0) == .string } ?? false
        }
        return true
    }

    func appendText(_ text: Span<UInt8>, to out: inout ByteBuffer) {
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

/// The meaning of a result's member, by its name.
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

/// The members of a result that decide about others. One that is null counts as absent.
private struct Members {
    private(set) var content: Range<Int>?
    private(set) var structuredContent: Range<Int>?
    private(set) var meta: Range<Int>?
    private(set) var saysError = false
    private var resultType: Range<Int>?
    /// The position in the output at which an empty `content` ends.
    var emptyContentEnd: Int?
    var contentFault: ToolResultFault?

    init() {}

    mutating func note(_ member: Member, _ value: Range<Int>, _ bytes: Span<UInt8>) {
        if member == .other { return }
        let kind = JSON.kind(bytes, at: value)
        if kind == .null { return }
        switch member {
        case .content: content = value
        case .structuredContent: structuredContent = value
        case .meta: meta = value
        case .resultType: resultType = value
        case .isError: saysError = kind == .true
        case .caching, .other: break
        }
    }

    func fault(_ bytes: Span<UInt8>) -> ToolResultFault? {
        if let resultType {
            guard let type = JSONName(bytes, at: resultType) else {
                return .unknownResultType(String(bytes.text(resultType).prefix(32)))
            }
            if type.equals("input_required", in: bytes) { return .inputRequired }
            guard type.equals("complete", in: bytes) else {
                return .unknownResultType(String(type.text(in: bytes).prefix(32)))
            }
        }
        if let content, JSON.kind(bytes, at: content) != .array { return .contentNotArray }
        return contentFault
    }
}
