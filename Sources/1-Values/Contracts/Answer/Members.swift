import Bytes
import JSON
import MCP

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
    @CompactRange var meta: Range<Int>?
    @CompactRange var errorType: Range<Int>?
    @CompactRange var errorMessage: Range<Int>?
    /// How many members belong to a result, and how many to a wrapper; the others are data.
    var resultCount = 0
    var wrapperCount = 0
    /// How many members are among those that Lambda writes for an exception.
    var errorCount = 0
    /// How many of a result's members can stay as they are: an ordinary `content` that isn't empty, `isError` as a boolean,
    /// `structuredContent` as an object.
    fileprivate var wholeCount = 0
    /// Whether a member of a result has its name in snake case, as in Python, which no client reads.
    var hasSnakeCase = false

    /// Reads the object that starts at `position`, and in the same scan the one that its `result` may be.
    /// - Parameter depthMax: arrays and objects inside each other, this one included.
    /// - Returns: whether `result` is an object. `outer` and `result` are written in place, as they are large.
    /// - Throws: the first fault in the JSON; also `.duplicateKey` for a second member of one of the names above.
    static func read(
        _ bytes: Span<UInt8>,
        at position: Int,
        end: Int,
        depthMax: Int,
        outer: inout Members,
        result: inout Members
    ) throws(JSONError) -> Bool {
        let depthMax = depthMax - 1
        var hasResult = false
        outer = Members()
        var walk = try JSONObjectWalk(bytes, at: position, end: end)
        while let name = try walk.next(bytes) {
            outer.count += 1
            let value: Range<Int>
            if name.equals("result", in: bytes), walk.position < end,
                bytes[walk.position] == UInt8(ascii: "{")
            {
                try result.read(bytes, at: walk.position, end: end, depthMax: depthMax - 1)
                hasResult = true
                value = result.range
                walk.resume(at: value.upperBound)
            } else {
                value = try outer.skip(&walk, name, bytes, end, depthMax)
            }
            try outer.keep(name, value, bytes)
        }
        outer.range = position..<walk.position
        return hasResult
    }

    private mutating func read(
        _ bytes: Span<UInt8>,
        at position: Int,
        end: Int,
        depthMax: Int
    ) throws(JSONError) {
        self = Members()
        var walk = try JSONObjectWalk(bytes, at: position, end: end)
        while let name = try walk.next(bytes) {
            count += 1
            try keep(name, try skip(&walk, name, bytes, end, depthMax), bytes)
        }
        range = position..<walk.position
    }

    /// Moves past a value, and looks at the blocks of a `content` meanwhile.
    private mutating func skip(
        _ walk: inout JSONObjectWalk,
        _ name: JSONName,
        _ bytes: Span<UInt8>,
        _ end: Int,
        _ depthMax: Int
    ) throws(JSONError) -> Range<Int> {
        guard name.equals("content", in: bytes), walk.position < end,
            bytes[walk.position] == UInt8(ascii: "[")
        else { return try walk.skip(bytes, depthMax: depthMax) }
        let scan = try ContentScan(bytes, at: walk.position, end: end, depthMax: depthMax - 1)
        walk.resume(at: scan.range.upperBound)
        if scan.isOrdinary, !scan.isEmpty { wholeCount += 1 }
        return scan.range
    }

    /// Keeps the value when its name is known.
    private mutating func keep(
        _ name: JSONName,
        _ value: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(JSONError) {
        if name.equals("content", in: bytes) {
            resultCount += 1
            try Self.set(&content, value, name)
        } else if name.equals("body", in: bytes) || name.equals("Body", in: bytes) {
            wrapperCount += 1
            try Self.set(&body, value, name)
        } else if name.equals("isError", in: bytes) {
            resultCount += 1
            let kind = JSON.kind(bytes, at: value)
            if kind == .true || kind == .false { wholeCount += 1 }
            try Self.set(&isError, value, name)
        } else if name.equals("structuredContent", in: bytes) {
            resultCount += 1
            if JSON.kind(bytes, at: value) == .object { wholeCount += 1 }
            try Self.set(&structuredContent, value, name)
        } else if name.equals("statusCode", in: bytes) || name.equals("StatusCode", in: bytes) {
            wrapperCount += 1
            try Self.set(&statusCode, value, name)
        } else if name.equals("jsonrpc", in: bytes) {
            try Self.set(&jsonrpc, value, name)
        } else if name.equals("id", in: bytes) {
            try Self.set(&id, value, name)
        } else if name.equals("result", in: bytes) {
            try Self.set(&result, value, name)
        } else if name.equals("resultType", in: bytes) {
            resultCount += 1
            try Self.set(&resultType, value, name)
        } else if name.equals("error", in: bytes) {
            try Self.set(&error, value, name)
        } else if name.equals("tools", in: bytes) {
            try Self.set(&tools, value, name)
        } else if name.equals("nextCursor", in: bytes) {
            try Self.set(&nextCursor, value, name)
        } else if name.equals("_meta", in: bytes) {
            resultCount += 1
            try Self.set(&meta, value, name)
        } else {
            try keepRare(name, value, bytes)
        }
    }

    @inline(never)
    private mutating func keepRare(
        _ name: JSONName,
        _ value: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(JSONError) {
        if name.equals("isBase64Encoded", in: bytes) || name.equals("IsBase64Encoded", in: bytes) {
            wrapperCount += 1
            try Self.set(&isBase64Encoded, value, name)
        } else if name.equals("is_error", in: bytes) {
            hasSnakeCase = true
            resultCount += 1
            try Self.set(&isError, value, name)
        } else if name.equals("structured_content", in: bytes) {
            hasSnakeCase = true
            resultCount += 1
            try Self.set(&structuredContent, value, name)
        } else if name.equals("result_type", in: bytes) {
            hasSnakeCase = true
            resultCount += 1
            try Self.set(&resultType, value, name)
        } else if name.equals("errorType", in: bytes) {
            errorCount += 1
            try Self.set(&errorType, value, name)
        } else if name.equals("errorMessage", in: bytes) {
            errorCount += 1
            try Self.set(&errorMessage, value, name)
        } else if Self.isOfWrapper(name, bytes) {
            wrapperCount += 1
        } else if Self.isOfException(name, bytes) {
            errorCount += 1
        }
    }

    /// Whether a wrapper may have the member. Source: response formats of API Gateway, function URLs and load balancers
    private static func isOfWrapper(_ name: JSONName, _ bytes: Span<UInt8>) -> Bool {
        for known in ["headers", "Headers", "multiValueHeaders", "cookies", "statusDescription"]
            as [StaticString]
        where name.equals(known, in: bytes) {
            return true
        }
        return false
    }

    /// Whether the member goes with the type and the message of an exception. Source: Lambda's runtimes for Python,
    /// Node.js, Java
    private static func isOfException(_ name: JSONName, _ bytes: Span<UInt8>) -> Bool {
        for known in ["stackTrace", "trace", "requestId", "cause"] as [StaticString]
        where name.equals(known, in: bytes) {
            return true
        }
        return false
    }

    /// Notes where a member's value stands.
    /// - Throws: `.duplicateKey` when it was noted before.
    static func set(
        _ field: inout Range<Int>?,
        _ value: Range<Int>,
        _ name: JSONName
    ) throws(JSONError) {
        guard field == nil else { throw JSONError(offset: name.range.lowerBound, reason: .duplicateKey) }
        field = value
    }
}

extension Members {
    /// Whether the object is an HTTP-like wrapper around the answer: it has a status, or a body and only members that a
    /// wrapper has.
    var isWrapper: Bool {
        if isAnswer && body == nil { return false }
        return statusCode != nil || body != nil && count == wrapperCount
    }

    /// Whether the object is itself an answer of some form.
    var isAnswer: Bool {
        content != nil || result != nil || tools != nil || structuredContent != nil || jsonrpc != nil
    }

    /// Whether the object is a JSON-RPC response, or one that only lacks its `jsonrpc`: it has no other members.
    var isEnvelope: Bool {
        guard result != nil || error != nil else { return false }
        if jsonrpc != nil { return true }
        return count == (result == nil ? 0 : 1) + (error == nil ? 0 : 1) + (id == nil ? 0 : 1)
    }

    /// What a writer need not read again of this object as a result.
    var form: ResultForm {
        guard wholeCount == count, content != nil else { return .unknown }
        return structuredContent == nil ? .content : .structuredContent
    }

    /// Whether each member is one that a CallToolResult has.
    var isAllResult: Bool { count == resultCount }

    /// Whether the function marked its result as an error: `true`, or what other languages write for it.
    func saysError(_ bytes: Span<UInt8>) -> Bool {
        guard let isError else { return false }
        switch JSON.kind(bytes, at: isError) {
        case .true: return true
        case .string: return JSON.string(bytes, at: isError)?.lowercased() == "true"
        case .number: return JSON.int(bytes, at: isError) != 0
        default: return false
        }
    }
}
