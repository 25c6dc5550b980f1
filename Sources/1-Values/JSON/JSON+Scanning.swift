import Bytes

// The scanner proper. Positions are local variables and bodies are inlined into `scanValue`, which keeps them
// in registers.
extension JSON {
    @inline(__always)
    static func skipSpace(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) {
        while position < end {
            let byte = bytes[position]
            guard byte <= 32, byte == 32 || byte == 10 || byte == 13 || byte == 9 else { return }
            position &+= 1
        }
    }

    /// Moves past one value that starts at `position`. Iterative: the open brackets are one bit each.
    @inline(never)
    static func scanValue(
        _ bytes: Span<UInt8>,
        _ position: inout Int,
        _ end: Int,
        _ depthMax: Int
    ) throws(JSONError) {
        let depthMax = min(depthMax, JSON.depthMax)
        var at = position
        var depth = 0
        var objects: UInt128 = 0  // lowest bit: whether the innermost open bracket is an object's
        while true {
            let opened = try scanStart(bytes, &at, end, depth, depthMax, &objects)
            if opened {
                depth &+= 1
                continue
            }
            while true {
                if depth == 0 {
                    position = at
                    return
                }
                skipSpace(bytes, &at, end)
                guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
                let isObject = objects & 1 == 1
                let byte = bytes[at]
                if byte == UInt8(ascii: ",") {
                    at &+= 1
                    skipSpace(bytes, &at, end)
                    if isObject { _ = try scanKey(bytes, &at, end) }
                    break
                }
                guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw JSONError(.expectedCommaOrEnd, at: at)
                }
                at &+= 1
                depth &-= 1
                objects >>= 1
            }
        }
    }

    /// Moves past a scalar or an empty bracket pair, or into a bracket, up to its first value.
    /// - Returns: whether a bracket was opened.
    @inline(__always)
    private static func scanStart(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ end: Int,
        _ depth: Int,
        _ depthMax: Int,
        _ objects: inout UInt128
    ) throws(JSONError) -> Bool {
        guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "\""):
            _ = try scanString(bytes, &at, end)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < depthMax else { throw JSONError(.tooDeep(depthMax: depthMax), at: at) }
            at &+= 1
            skipSpace(bytes, &at, end)
            guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
            if bytes[at] == byte &+ 2 {  // in ASCII the closing bracket is two after the opening one
                at &+= 1
                return false
            }
            let isObject = byte == UInt8(ascii: "{")
            objects = objects << 1 | (isObject ? 1 : 0)
            if isObject { _ = try scanKey(bytes, &at, end) }
            return true
        case UInt8(ascii: "t"): try scanLiteral(bytes, &at, end, "true")
        case UInt8(ascii: "f"): try scanLiteral(bytes, &at, end, "false")
        case UInt8(ascii: "n"): try scanLiteral(bytes, &at, end, "null")
        default: try scanNumber(bytes, &at, end)
        }
        return false
    }

    /// Moves past a member's name, the colon and the white space up to its value.
    /// - Returns: the name without its quotes, and whether it holds escapes.
    @inline(__always)
    static func scanKey(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ end: Int
    ) throws(JSONError) -> (name: Range<Int>, hasEscapes: Bool) {
        guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
        guard bytes[at] == UInt8(ascii: "\"") else { throw JSONError(.expectedKey, at: at) }
        let start = at &+ 1
        let hasEscapes = try scanString(bytes, &at, end)
        let stop = at &- 1
        skipSpace(bytes, &at, end)
        guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
        guard bytes[at] == UInt8(ascii: ":") else { throw JSONError(.expectedColon, at: at) }
        at &+= 1
        skipSpace(bytes, &at, end)
        return (start..<stop, hasEscapes)
    }

    /// Moves past a string whose opening quote is at `position`.
    /// - Returns: whether it holds escapes.
    @inline(__always)
    static func scanString(
        _ bytes: Span<UInt8>,
        _ position: inout Int,
        _ end: Int
    ) throws(JSONError) -> Bool {
        var at = position &+ 1
        var hasEscapes = false
        while true {
            skipPlain(bytes, &at, end)
            guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                position = at &+ 1
                return hasEscapes
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try scanEscape(bytes, &at, end)
            } else if byte < 0x20 {
                throw JSONError(.controlCharacter(byte), at: at)
            } else if byte < 0x80 {
                at &+= 1
            } else {
                try scanMultibyte(bytes, &at, end)
            }
        }
    }

    /// Moves over bytes that need no check, eight at a time: printable ASCII other than a quote or a backslash.
    ///
    /// The mask may also stop at a harmless byte that follows a real stop in the same word, never before it.
    @inline(__always)
    private static func skipPlain(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) {
        let low: UInt64 = 0x0101_0101_0101_0101
        while at &+ 8 <= end {
            let word = bytes.word(at: at)
            let quote = word ^ 0x2222_2222_2222_2222
            let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            let stops =
                (((quote &- low) & ~quote) | ((backslash &- low) & ~backslash)
                    | ((word &- 0x2020_2020_2020_2020) & ~word) | word) & 0x8080_8080_8080_8080
            if stops != 0 {
                at &+= stops.trailingZeroBitCount &>> 3
                return
            }
            at &+= 8
        }
    }

    /// The first backslash from `start` on; `end` when there is none.
    static func nextBackslash(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var at = start
        while at &+ 8 <= end {
            let word = bytes.word(at: at) ^ 0x5C5C_5C5C_5C5C_5C5C
            // Exact up to the first zero byte; the rest isn't used.
            let stops = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if stops != 0 { return at &+ stops.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < end, bytes[at] != UInt8(ascii: "\\") { at &+= 1 }
        return at
    }

    @inline(__always)
    private static func scanEscape(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) throws(JSONError) {
        guard at &+ 1 < end else { throw JSONError(.unexpectedEnd, at: end) }
        switch bytes[at &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at &+= 2
        case UInt8(ascii: "u"):
            guard at &+ 5 < end else { throw JSONError(.unexpectedEnd, at: end) }
            for offset in 2..<6 where hexDigit(bytes[at &+ offset]) == nil {
                throw JSONError(.invalidEscape, at: at)
            }
            at &+= 6
        default:
            throw JSONError(.invalidEscape, at: at)
        }
    }

    /// Moves past one character of two to four bytes. Source: RFC 3629 §4.
    @inline(never)
    private static func scanMultibyte(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) throws(JSONError) {
        let first = bytes[at]
        let following: Int
        switch first {
        case 0xC2...0xDF: following = 1
        case 0xE0...0xEF: following = 2
        case 0xF0...0xF4: following = 3
        default: throw JSONError(.invalidUTF8, at: at)
        }
        guard at &+ following < end else { throw JSONError(.invalidUTF8, at: at) }
        let second = bytes[at &+ 1]
        let lowest: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
        let highest: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
        guard second >= lowest, second <= highest else { throw JSONError(.invalidUTF8, at: at) }
        if following > 1, bytes[at &+ 2] & 0xC0 != 0x80 { throw JSONError(.invalidUTF8, at: at) }
        if following > 2, bytes[at &+ 3] & 0xC0 != 0x80 { throw JSONError(.invalidUTF8, at: at) }
        at &+= following &+ 1
    }

    @inline(__always)
    private static func scanNumber(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) throws(JSONError)
    {
        var at = position
        if bytes[at] == UInt8(ascii: "-") { at &+= 1 }
        guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
        if bytes[at] == UInt8(ascii: "0") {
            at &+= 1
        } else if skipDigits(bytes, &at, end) == 0 {
            guard at == position else { throw JSONError(.invalidNumber, at: position) }
            throw JSONError(.unexpectedByte(bytes[at]), at: at)
        }
        if at < end, bytes[at] == UInt8(ascii: ".") {
            at &+= 1
            guard skipDigits(bytes, &at, end) > 0 else { throw JSONError(.invalidNumber, at: position) }
        }
        if at < end, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at &+= 1
            if at < end, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at &+= 1 }
            guard skipDigits(bytes, &at, end) > 0 else { throw JSONError(.invalidNumber, at: position) }
        }
        position = at
    }

    @inline(__always)
    private static func skipDigits(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) -> Int {
        let start = at
        while at < end, bytes[at] &- UInt8(ascii: "0") < 10 { at &+= 1 }
        return at &- start
    }

    @inline(__always)
    private static func scanLiteral(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ end: Int,
        _ literal: StaticString
    ) throws(JSONError) {
        let count = literal.utf8CodeUnitCount
        guard at &+ count <= end else { throw JSONError(.unexpectedEnd, at: end) }
        guard bytes.equals(at..<at &+ count, literal) else {
            throw JSONError(.unexpectedByte(bytes[at]), at: at)
        }
        at &+= count
    }

    @inline(__always)
    static func hexDigit(_ byte: UInt8) -> UInt8? {
        let digit = byte &- UInt8(ascii: "0")
        if digit < 10 { return digit }
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter &+ 10 : nil
    }
}
