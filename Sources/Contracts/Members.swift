import Bytes
import JSON

/// The members of an answer's object that mean something to a contract, found in one scan without a tree.
struct Members {
    /// The whole object.
    var range = 0..<0
    /// How many members it has, known and unknown.
    var count = 0
    @CompactRange var statusCode: Range<Int>?
    @CompactRange var body: Range<Int>?
    @CompactRange var isBase64Encoded: Range<Int>?
    @CompactRange var jsonrpc: Range<Int>?
    @CompactRange var id: Range<Int>?
    @CompactRange var result: Range<Int>?
    @CompactRange var error: Range<Int>?
    @CompactRange var content: Range<Int>?
    @CompactRange var structuredContent: Range<Int>?
    @CompactRange var isError: Range<Int>?
    @CompactRange var tools: Range<Int>?
    @CompactRange var nextCursor: Range<Int>?
    @CompactRange var resultType: Range<Int>?
    /// What to leave out so that the object has no `resultType`: the member and one comma.
    @CompactRange var resultTypeCut: Range<Int>?

    /// Reads the object that starts at `position`, and in the same scan the one that its `result` may be.
    /// - Throws: the first fault of JSON, also `.duplicateKey` for a second member of one of the names above.
    static func read(
        _ bytes: Span<UInt8>,
        at position: Int,
        end: Int
    ) throws(JSONError) -> (outer: Members, result: Members?) {
        var result: Members?
        let outer = try read(
            bytes,
            at: position,
            end: end,
            depthMax: JSON.depthMax - 1,
            result: &result,
            isOuter: true
        )
        return (outer, result)
    }

    private static func read(
        _ bytes: Span<UInt8>,
        at position: Int,
        end: Int,
        depthMax: Int,
        result: inout Members?,
        isOuter: Bool
    ) throws(JSONError) -> Members {
        var members = Members()
        var walk = try JSONObjectWalk(bytes, at: position, end: end)
        var previousEnd = position + 1
        var cutsToNext = false
        while let name = try walk.next(bytes) {
            members.count += 1
            let keyStart = name.range.lowerBound - 1
            if cutsToNext, let cut = members.resultTypeCut {
                members.resultTypeCut = cut.lowerBound..<keyStart
                cutsToNext = false
            }
            let value: Range<Int>
            if isOuter, name.equals("result", in: bytes), walk.position < end,
                bytes[walk.position] == UInt8(ascii: "{")
            {
                var none: Members?
                let inner = try read(
                    bytes,
                    at: walk.position,
                    end: end,
                    depthMax: depthMax - 1,
                    result: &none,
                    isOuter: false
                )
                value = inner.range
                result = inner
                walk.resume(at: value.upperBound)
            } else {
                value = try walk.skip(bytes, depthMax: depthMax)
            }
            if try members.keep(name, value, bytes) {
                let isFirst = members.count == 1
                members.resultTypeCut = isFirst ? keyStart..<value.upperBound : previousEnd..<value.upperBound
                cutsToNext = isFirst
            }
            previousEnd = value.upperBound
        }
        members.range = position..<walk.position
        return members
    }

    /// Keeps the value when its name is known; whether it is the `resultType`.
    private mutating func keep(
        _ name: JSONName,
        _ value: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(JSONError) -> Bool {
        if name.equals("content", in: bytes) {
            try Self.set(&content, value, name)
        } else if name.equals("body", in: bytes) {
            try Self.set(&body, value, name)
        } else if name.equals("isError", in: bytes) {
            try Self.set(&isError, value, name)
        } else if name.equals("structuredContent", in: bytes) {
            try Self.set(&structuredContent, value, name)
        } else if name.equals("statusCode", in: bytes) {
            try Self.set(&statusCode, value, name)
        } else if name.equals("jsonrpc", in: bytes) {
            try Self.set(&jsonrpc, value, name)
        } else if name.equals("id", in: bytes) {
            try Self.set(&id, value, name)
        } else if name.equals("result", in: bytes) {
            try Self.set(&result, value, name)
        } else if name.equals("resultType", in: bytes) {
            try Self.set(&resultType, value, name)
            return true
        } else if name.equals("error", in: bytes) {
            try Self.set(&error, value, name)
        } else if name.equals("tools", in: bytes) {
            try Self.set(&tools, value, name)
        } else if name.equals("nextCursor", in: bytes) {
            try Self.set(&nextCursor, value, name)
        } else if name.equals("isBase64Encoded", in: bytes) {
            try Self.set(&isBase64Encoded, value, name)
        }
        return false
    }

    private static func set(
        _ field: inout Range<Int>?,
        _ value: Range<Int>,
        _ name: JSONName
    ) throws(JSONError) {
        guard field == nil else { throw JSONError(offset: name.range.lowerBound, reason: .duplicateKey) }
        field = value
    }

    /// Whether the object is an HTTP-like wrapper around the answer: it has a status, or a body and no
    /// answer.
    var isWrapper: Bool {
        if statusCode != nil { return true }
        let isAnswer =
            content != nil || result != nil || tools != nil || structuredContent != nil || jsonrpc != nil
        return body != nil && !isAnswer
    }

    /// Whether the object is a JSON-RPC response, or one that lost its `jsonrpc`: nothing else stands beside.
    var isEnvelope: Bool {
        guard result != nil || error != nil else { return false }
        if jsonrpc != nil { return true }
        return count == (result == nil ? 0 : 1) + (error == nil ? 0 : 1) + (id == nil ? 0 : 1)
    }
}
