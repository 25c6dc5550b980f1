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
        /// Every Host field so far is a host with or without a port.
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
            guard let field = try fieldLine(bytes, at: &position) else { return nil }
            guard fields.all.count < fieldsMax else { throw .headTooLarge }
            fields.all.append(field)
            try note(field, bytes, &framing)
        }
    }

    @inline(__always)
    private static func fieldLine(_ bytes: Span<UInt8>, at position: inout Int) throws(ParseError)
        -> HeaderField?
    {
        let end = bytes.count
        let nameStart = position
        while position < end, isToken(bytes[position]) { position &+= 1 }
        guard position < end else { return nil }
        guard bytes[position] == 58, position > nameStart else {
            throw .malformed("a field name is empty or has a character it must not have")
        }
        let nameEnd = position
        position &+= 1
        while position < end, bytes[position] == 32 || bytes[position] == 9 { position &+= 1 }
        let valueStart = position
        while position < end, isFieldValue(bytes[position]) { position &+= 1 }
        guard position &+ 1 < end else {
            if position < end, bytes[position] != 13 {
                throw .malformed("a control character in a field value")
            }
            return nil
        }
        guard bytes[position] == 13, bytes[position &+ 1] == 10 else {
            throw .malformed("a control character in a field value")
        }
        var valueEnd = position
        while valueEnd > valueStart, bytes[valueEnd &- 1] == 32 || bytes[valueEnd &- 1] == 9 {
            valueEnd &-= 1
        }
        position &+= 2
        return HeaderField(name: nameStart..<nameEnd, value: valueStart..<valueEnd)
    }

    /// Looks at the few fields that decide about framing; told apart by length first.
    private static func note(_ field: HeaderField, _ bytes: Span<UInt8>, _ framing: inout Framing)
        throws(ParseError)
    {
        let name = field.name
        switch name.count {
        case 4 where bytes.equalsIgnoringCase(name, "host"):
            framing.hostCount += 1
            framing.hostIsValid = framing.hostIsValid && isHost(field.value, bytes)
        case 6 where bytes.equalsIgnoringCase(name, "expect"):
            let isKnown =
                bytes.equalsIgnoringCase(field.value, "100-continue") && framing.expectation != .other
            framing.expectation = isKnown ? .continue : .other
        case 10 where bytes.equalsIgnoringCase(name, "connection"):
            noteConnection(field.value, bytes, &framing)
        case 14 where bytes.equalsIgnoringCase(name, "content-length"):
            let length = try decimal(field.value, bytes)
            guard framing.contentLength == nil else { throw .malformed("more than one Content-Length") }
            framing.contentLength = length
        case 17 where bytes.equalsIgnoringCase(name, "transfer-encoding"):
            guard !framing.isChunked else { throw .malformed("more than one Transfer-Encoding") }
            guard bytes.equalsIgnoringCase(field.value, "chunked") else { throw .unsupportedCoding }
            framing.isChunked = true
        default: break
        }
    }

    /// `Connection` is a list of tokens. Source: RFC 9110 §7.6.1.
    private static func noteConnection(_ value: Range<Int>, _ bytes: Span<UInt8>, _ framing: inout Framing) {
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

    /// A host and maybe a port: not empty, and nothing that a URL's authority could not hold, user names left out.
    /// Source: RFC 9112 §3.2, RFC 3986 §3.2.2.
    private static func isHost(_ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        for index in value where !isHostByte(bytes[index]) { return false }
        return !value.isEmpty
    }

    /// Letters, digits, and `!$%&'()*+-.:;=[]_~`. A comma would be legal too, but means two hosts joined on their way.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x2FFF_6FF2_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x47FF_FFFE_AFFF_FFFE as UInt64) >> UInt64(byte - 64) & 1 == 1 }
        return false
    }

    /// Visible ASCII, space, tab and obs-text. Source: RFC 9110 §5.5.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 32 && byte != 127 || byte == 9 }

    /// Source: RFC 9110 §5.6.2.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(byte - 64) & 1 == 1 }
        return false
    }
}
