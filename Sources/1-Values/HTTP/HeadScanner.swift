import Bytes

/// What requests and responses share: tokens, field lines, and the framing rules that keep requests from being smuggled.
///
/// Strict: CRLF only, no obs-fold, no white space before the colon, no control characters in values, one length only.
/// Source: RFC 9110 §5, RFC 9112 §5 and §6.
enum HeadScanner {
    static let fieldsMax = 100

    enum Expectation {
        case none, `continue`, other
    }

    /// Framing facts gathered from the field lines.
    struct Framing {
        var contentLength: Int?
        var isChunked = false
        var connectionClose = false
        var connectionKeepAlive = false
        var hostCount = 0
        var expectation = Expectation.none
        /// Whether every Host field so far is a host with or without a port.
        var hostIsValid = true
    }

    /// Parses field lines from `position` to the empty line.
    ///
    /// - Returns: nil when `bytes` ends first; `position` is then meaningless.
    static func fields(
        _ bytes: Span<UInt8>,
        at position: inout Int,
        into fields: inout HeaderFields
    ) throws(ParseError) -> Framing? {
        var framing = Framing()
        let end = bytes.count
        while true {
            guard position &+ 1 < end else { return nil }
            if bytes[position] == 13 {
                guard bytes[position &+ 1] == 10 else { throw .malformed("CR without LF") }
                position &+= 2
                return framing
            }
            guard let (name, value) = try fieldLine(bytes, at: &position) else { return nil }
            guard fields.all.count < fieldsMax else { throw .headTooLarge }
            let known = fields.append(name: name, value: value, in: bytes)
            try note(known, value, bytes, &framing)
        }
    }

    @inline(__always)
    private static func fieldLine(_ bytes: Span<UInt8>, at position: inout Int) throws(ParseError)
        -> (name: Range<Int>, value: Range<Int>)?
    {
        let end = bytes.count
        let nameStart = position
        let nameEnd = endOfToken(bytes, from: nameStart)
        guard nameEnd < end else { return nil }
        guard bytes[nameEnd] == 58, nameEnd > nameStart else {
            throw .malformed("a field name is empty or has a character it must not have")
        }
        var valueStart = nameEnd &+ 1
        while valueStart < end, bytes[valueStart] == 32 || bytes[valueStart] == 9 { valueStart &+= 1 }
        let lineEnd = endOfValue(bytes, from: valueStart)
        guard lineEnd &+ 1 < end else {
            if lineEnd < end, bytes[lineEnd] != 13 {
                throw .malformed("a control character in a field value")
            }
            return nil
        }
        guard bytes[lineEnd] == 13, bytes[lineEnd &+ 1] == 10 else {
            throw .malformed("a control character in a field value")
        }
        var valueEnd = lineEnd
        while valueEnd > valueStart, bytes[valueEnd &- 1] == 32 || bytes[valueEnd &- 1] == 9 {
            valueEnd &-= 1
        }
        position = lineEnd &+ 2
        return (nameStart..<nameEnd, valueStart..<valueEnd)
    }

    /// The first position from `start` on whose byte isn't a token character; the end if there is none.
    ///
    /// Reads eight bytes at a time over letters and hyphens, which names consist of; checks other bytes one by one.
    @inline(__always)
    static func endOfToken(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let end = bytes.count
        let sign: UInt64 = 0x8080_8080_8080_8080
        var at = start
        while at &+ 8 <= end {
            let word = bytes.word(at: at)
            // Only seven bits of each byte are added: what is carried into its eighth bit stays in the byte.
            let low = (word | 0x2020_2020_2020_2020) & ~sign
            let isFromA = low &+ 0x1F1F_1F1F_1F1F_1F1F
            let isAfterZ = low &+ 0x0505_0505_0505_0505
            let isNoHyphen = ((word & ~sign) ^ 0x2D2D_2D2D_2D2D_2D2D) &+ 0x7F7F_7F7F_7F7F_7F7F
            let others = (~(isFromA & ~isAfterZ) & isNoHyphen | word) & sign
            if others == 0 {
                at &+= 8
                continue
            }
            at &+= others.trailingZeroBitCount &>> 3
            guard isToken(bytes[at]) else { return at }
            at &+= 1
        }
        while at < end, isToken(bytes[at]) { at &+= 1 }
        return at
    }

    /// The first position from `start` on whose byte isn't allowed in a field value; the end if there is none.
    @inline(__always)
    static func endOfValue(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let end = bytes.count
        var at = start
        while at &+ 8 <= end {
            let word = bytes.word(at: at)
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            // Exact up to the first stop in the word; the rest isn't used.
            let stops =
                ((word &- 0x2020_2020_2020_2020) & ~word | (delete &- 0x0101_0101_0101_0101) & ~delete)
                & 0x8080_8080_8080_8080
            if stops == 0 {
                at &+= 8
                continue
            }
            at &+= stops.trailingZeroBitCount &>> 3
            guard bytes[at] == 9 else { return at }
            at &+= 1
        }
        while at < end, isFieldValue(bytes[at]) { at &+= 1 }
        return at
    }

    /// Notes the few fields that decide the framing.
    private static func note(
        _ field: KnownField,
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        _ framing: inout Framing
    ) throws(ParseError) {
        switch field {
        case .host:
            framing.hostCount += 1
            framing.hostIsValid = framing.hostIsValid && isHost(value, bytes)
        case .expect:
            let isKnown = bytes.equalsIgnoringCase(value, "100-continue") && framing.expectation != .other
            framing.expectation = isKnown ? .continue : .other
        case .connection: noteConnection(value, bytes, &framing)
        case .contentLength:
            let length = try decimal(value, bytes)
            guard framing.contentLength == nil else { throw .malformed("more than one Content-Length") }
            framing.contentLength = length
        case .transferEncoding:
            guard !framing.isChunked else { throw .malformed("more than one Transfer-Encoding") }
            guard bytes.equalsIgnoringCase(value, "chunked") else { throw .unsupportedCoding }
            framing.isChunked = true
        default: break
        }
    }

    /// `Connection` is a list of tokens. Source: RFC 9110 §7.6.1.
    private static func noteConnection(_ value: Range<Int>, _ bytes: Span<UInt8>, _ framing: inout Framing) {
        if bytes.equalsIgnoringCase(value, "keep-alive") {
            framing.connectionKeepAlive = true
            return
        }
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != 44 { end += 1 }
            var token = start..<end
            while !token.isEmpty, bytes[token.lowerBound] == 32 || bytes[token.lowerBound] == 9 {
                token = token.lowerBound + 1..<token.upperBound
            }
            while !token.isEmpty, bytes[token.upperBound - 1] == 32 || bytes[token.upperBound - 1] == 9 {
                token = token.lowerBound..<token.upperBound - 1
            }
            if bytes.equalsIgnoringCase(token, "close") { framing.connectionClose = true }
            if bytes.equalsIgnoringCase(token, "keep-alive") { framing.connectionKeepAlive = true }
            start = end + 1
        }
    }

    private static func decimal(_ range: Range<Int>, _ bytes: Span<UInt8>) throws(ParseError) -> Int {
        guard !range.isEmpty, range.count <= 15 else {
            throw .malformed("Content-Length is not a number in range")
        }
        var value = 0
        for index in range {
            let digit = bytes[index] &- 48
            guard digit < 10 else { throw .malformed("Content-Length is not a number") }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// Whether the value is a host with or without a port: not empty, and only characters that a URL's authority
    /// without a user name may hold.
    /// Source: RFC 9112 §3.2, RFC 3986 §3.2.2.
    private static func isHost(_ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        var index = value.lowerBound
        while index < value.upperBound {
            guard isHostByte(bytes[index]) else { return false }
            index &+= 1
        }
        return !value.isEmpty
    }

    /// Letters, digits, and `!$%&'()*+-.:;=[]_~`. A comma would be legal too, but means that two hosts were joined on
    /// the way.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x2FFF_6FF2_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x47FF_FFFE_AFFF_FFFE as UInt64) >> UInt64(byte - 64) & 1 == 1 }
        return false
    }

    /// Visible ASCII, space, tab and obs-text. Source: RFC 9110 §5.5.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 32 && byte != 127 || byte == 9 }

    /// Whether a token may hold the byte. Source: RFC 9110 §5.6.2.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(byte - 64) & 1 == 1 }
        return false
    }
}
