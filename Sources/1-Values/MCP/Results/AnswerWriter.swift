package import Bytes
import JSON
import Text

/// Writes the results of `prompts/get`, `resources/read` and `completion/complete` for one protocol version, from what a
/// target answered.
///
/// What is in order keeps its bytes. Modern callers get `resultType` and the gateway as `serverInfo`; legacy ones lose what
/// their revision doesn't know. Off the usual path of calls: reads a tree once, which also refuses members that stand twice.
package struct AnswerWriter {
    let version: ProtocolVersion
    let identity: ServerIdentity

    package init(version: ProtocolVersion, identity: ServerIdentity) {
        self.version = version
        self.identity = identity
    }

    /// Appends the result of `prompts/get`.
    /// - Parameter result: a raw object in `bytes`.
    /// - Throws: when the result can't be handed on; `out` is then as before.
    package func appendPrompt(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        try append(result, in: bytes, required: "messages", to: &out) {
            (value, bytes, out) throws(ToolResultFault) in
            try appendMessages(value, bytes, to: &out)
        }
    }

    /// Appends the result of `resources/read`.
    /// - Parameter mayBeKept: whether the target says how long clients may keep it; else they may not at all.
    /// - Throws: as above; `.empty` for one without contents, which stands for a resource that isn't there.
    package func appendContents(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        mayBeKept: Bool = true,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        let longest = mayBeKept ? Self.keptMsMax : 0
        try append(result, in: bytes, required: "contents", keptMsMax: longest, to: &out) {
            (value, bytes, out) throws(ToolResultFault) in
            try appendResourceContents(value, bytes, to: &out)
        }
    }

    /// Appends the result of `completion/complete`; more than 100 values are cut.
    /// - Throws: as above.
    package func appendCompletion(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        try append(result, in: bytes, required: "completion", to: &out) {
            (value, bytes, out) throws(ToolResultFault) in
            try Self.appendValues(value, bytes, to: &out)
        }
    }

    /// Appends a completion without values: what stands for one that a target doesn't offer.
    package func appendNoCompletion(to out: inout ByteBuffer) {
        out.append(version.isModern ? "{\"resultType\":\"complete\"," : "{")
        out.append("\"completion\":{\"values\":[],\"total\":0,\"hasMore\":false}")
        if version.isModern { identity.appendMeta(to: &out) }
        out.append("}")
    }

    // MARK: The members that all have

    /// The longest that clients may keep a content, in milliseconds.
    private static let keptMsMax = 86_400_000

    /// - Parameter keptMsMax: the longest that clients may keep it, in milliseconds; nil when the result doesn't say.
    private func append(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        required: StaticString,
        keptMsMax: Int? = nil,
        to out: inout ByteBuffer,
        _ appendValue: (Range<Int>, Span<UInt8>, inout ByteBuffer) throws(ToolResultFault) -> Void
    ) throws(ToolResultFault) {
        if let number = JSON.overlongNumber(bytes, in: result) { throw .overlongNumber(length: number.count) }
        if JSON.loneSurrogate(bytes, in: result) != nil {
            var mended = ByteBuffer(capacity: result.count)
            mended.append(bytes.extracting(result))
            JSON.replaceLoneSurrogates(in: &mended.bytes)
            return try append(
                0..<mended.count,
                in: mended.bytes.span,
                required: required,
                keptMsMax: keptMsMax,
                to: &out,
                appendValue
            )
        }
        try Self.check(result, bytes)
        let start = out.count
        do throws(ToolResultFault) {
            var value: Range<Int>?
            out.append(version.isModern ? "{\"resultType\":\"complete\"" : "{")
            for member in Self.members(of: result, bytes) where JSON.kind(bytes, at: member.value) != .null {
                if member.isNamed(required, in: bytes) {
                    value = member.value
                    JSON.appendKey(required, to: &out)
                    try appendValue(member.value, bytes, &out)
                } else if keeps(member, bytes) {
                    Self.append(member, bytes, to: &out)
                }
            }
            guard value != nil else { throw .missing("\(required)") }
            if version.isModern, let keptMsMax {
                RPCWriter.appendCaching(ttlMs: min(Self.ttlMs(of: result, bytes), keptMsMax), to: &out)
            }
            appendMeta(JSON.member("_meta", of: result, in: bytes), bytes, to: &out)
            out.append("}")
        } catch {
            out.bytes.removeSubrange(start...)
            throw error
        }
    }

    /// What a result must be to be looked at: complete, and no member of it twice.
    private static func check(_ result: Range<Int>, _ bytes: Span<UInt8>) throws(ToolResultFault) {
        let tree = try tree(of: result, bytes)
        guard let type = tree["resultType"], !type.isNull else { return }
        switch type.stringValue {
        case "complete": return
        case "input_required": throw .inputRequired
        default: throw .unknownResultType(String((type.stringValue ?? type.text).prefix(32)))
        }
    }

    /// The result as a tree: an object that has no member twice, at any depth.
    static func tree(of result: Range<Int>, _ bytes: Span<UInt8>) throws(ToolResultFault) -> JSONValue {
        let tree: JSONValue
        do throws(JSONError) { tree = try JSONValue(parsing: bytes, in: result) } catch {
            throw .malformed(JSONError(offset: error.offset - result.lowerBound, reason: error.reason))
        }
        guard tree.objectValue != nil else { throw .notObject }
        return tree
    }

    /// What is copied as it is. A description that is no text stops clients.
    private func keeps(_ member: JSONMember, _ bytes: Span<UInt8>) -> Bool {
        for other in ["_meta", "resultType", "ttlMs", "cacheScope"] as [StaticString]
        where member.isNamed(other, in: bytes) {
            return false
        }
        if member.isNamed("description", in: bytes) { return JSON.kind(bytes, at: member.value) == .string }
        return true
    }

    /// The target's own word for how long a content may be kept; else not at all.
    private static func ttlMs(of result: Range<Int>, _ bytes: Span<UInt8>) -> Int {
        let value = JSON.member("ttlMs", of: result, in: bytes).flatMap { JSON.int(bytes, at: $0) } ?? 0
        return max(value, 0)
    }

    /// The function's `_meta` without what isn't its own to say, and for modern callers with `serverInfo`.
    func appendMeta(_ meta: Range<Int>?, _ bytes: Span<UInt8>, to out: inout ByteBuffer) {
        var isOpen = false
        if let meta, JSON.kind(bytes, at: meta) == .object {
            for member in Self.members(of: meta, bytes)
            where !member.isNamed("io.modelcontextprotocol/serverInfo", in: bytes)
                && !member.isNamed("mcp-gateway/error", in: bytes)
            {
                if !isOpen {
                    JSON.appendKey("_meta", to: &out)
                    out.append("{")
                    isOpen = true
                }
                Self.append(member, bytes, to: &out)
            }
        }
        if version.isModern {
            if !isOpen { return identity.appendMeta(to: &out) }
            identity.appendMetaMember(to: &out)
        }
        if isOpen { out.append("}") }
    }

    // MARK: Pieces

    /// The members of a validated object.
    static func members(of object: Range<Int>, _ bytes: Span<UInt8>) -> [JSONMember] {
        var members: [JSONMember] = []
        // It was parsed before.
        try? JSON.forEachMember(bytes, of: object) { members.append($0) }
        return members
    }

    /// The elements of a validated array; nil for anything else.
    static func elements(of array: Range<Int>, _ bytes: Span<UInt8>) -> [Range<Int>]? {
        guard JSON.kind(bytes, at: array) == .array else { return nil }
        var elements: [Range<Int>] = []
        // It was parsed before.
        try? JSON.forEachElement(bytes, of: array) { elements.append($0) }
        return elements
    }

    static func append(_ member: JSONMember, _ bytes: Span<UInt8>, to out: inout ByteBuffer) {
        JSON.appendSeparator(to: &out)
        out.append(bytes.extracting(member.key.lowerBound - 1..<member.key.upperBound + 1))
        out.append(":")
        out.append(bytes.extracting(member.value))
    }
}
