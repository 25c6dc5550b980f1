import Bytes

/// The head of one response, as ranges into the bytes it was parsed from.
package struct ResponseHead: Sendable {
    package var status = 0
    package var fields = HeaderFields()
    package var framing = BodyFraming.none
    package var keepAlive = true
    /// The size of the head in bytes, with the empty line that ends it.
    package var count = 0

    package init() {}
}

/// Parses response heads, strictly. Source: RFC 9112 §4 and §6.3.
package enum ResponseParser {
    /// Parses the head that starts at offset 0 of `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: what has arrived, of this response and maybe of the next.
    ///   - head: overwritten; meaningful when the result is `.done`.
    ///   - isHeadRequest: whether the request was HEAD: then no body follows, whatever the fields say.
    ///   - headBytesMax: a head of more bytes is refused.
    /// - Throws: why neither the response nor its connection may be used.
    /// - Returns: `.done` with the offset of the body, or `.incomplete` when `bytes` ends inside the head.
    package static func parse(
        _ bytes: Span<UInt8>,
        into head: inout ResponseHead,
        isHeadRequest: Bool = false,
        headBytesMax: Int
    ) throws(ParseError) -> Progress {
        let bytes = bytes.count > headBytesMax ? bytes.extracting(first: headBytesMax) : bytes
        var position = 0
        head.fields.removeAll()
        guard let minor = try statusLine(bytes, at: &position, into: &head),
            let framing = try HeadScanner.fields(bytes, at: &position, into: &head.fields)
        else {
            guard bytes.count < headBytesMax else { throw .headTooLarge }
            return .incomplete
        }
        head.count = position
        head.keepAlive = !framing.connectionClose && (minor == 1 || framing.connectionKeepAlive)
        if framing.isChunked {
            guard framing.contentLength == nil else {
                throw .malformed("both Transfer-Encoding and Content-Length")
            }
            guard minor == 1 else { throw .malformed("Transfer-Encoding in HTTP/1.0") }
        }
        if isHeadRequest || head.status / 100 == 1 || head.status == 204 || head.status == 304 {
            head.framing = .none
        } else if framing.isChunked {
            head.framing = .chunked
        } else if let length = framing.contentLength {
            head.framing = length == 0 ? .none : .length(length)
        } else {
            head.framing = .untilClose
            head.keepAlive = false
        }
        return .done(position)
    }

    /// `HTTP/1.x SP 3DIGIT [SP reason] CRLF`. Returns the minor version, nil when the line is incomplete.
    private static func statusLine(
        _ bytes: Span<UInt8>,
        at position: inout Int,
        into head: inout ResponseHead
    ) throws(ParseError) -> Int? {
        guard bytes.count >= 13 else { return nil }
        guard bytes.equals(0..<7, "HTTP/1."), bytes[7] == 48 || bytes[7] == 49, bytes[8] == 32 else {
            throw .malformed("not an HTTP/1.x status line")
        }
        var status = 0
        for index in 9..<12 {
            let digit = bytes[index] &- 48
            guard digit < 10 else { throw .malformed("the status is not a number") }
            status = status * 10 + Int(digit)
        }
        guard status >= 100, bytes[12] == 32 || bytes[12] == 13 else {
            throw .malformed("the status is not valid")
        }
        head.status = status
        position = 12
        while position < bytes.count, HeadScanner.isFieldValue(bytes[position]) { position += 1 }
        guard position + 1 < bytes.count else { return nil }
        guard bytes[position] == 13, bytes[position + 1] == 10 else {
            throw .malformed("a control character in the reason phrase")
        }
        position += 2
        return Int(bytes[7] - 48)
    }
}
