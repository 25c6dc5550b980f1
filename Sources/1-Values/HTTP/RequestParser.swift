import Bytes

/// Parses request heads, strictly. Source: RFC 9112 §3, RFC 9110 §4.
package enum RequestParser {
    private static let methodBytesMax = 32

    /// Parses the head that starts at offset 0 of `bytes`.
    ///
    /// O(n) over the head; allocates only the first time `head.fields` grows.
    /// - Parameters:
    ///   - bytes: what has arrived, of this request and maybe of the next.
    ///   - head: overwritten; meaningful when the result is `.done`.
    ///   - headBytesMax: a head of more bytes is refused, whether complete or not.
    /// - Throws: why the request must be refused; however the bytes are split, it is the same error.
    /// - Returns: `.done` with the offset of the body, or `.incomplete` when `bytes` ends inside the head.
    package static func parse(
        _ bytes: Span<UInt8>,
        into head: inout RequestHead,
        headBytesMax: Int
    ) throws(ParseError) -> Progress {
        // Bytes beyond the bound are ignored, so that it doesn't matter how the bytes were split on their way.
        let bytes = bytes.count > headBytesMax ? bytes.extracting(first: headBytesMax) : bytes
        var position = emptyLine(bytes)
        head.fields.removeAll()
        guard let target = try requestLine(bytes, at: &position, into: &head),
            let framing = try HeadScanner.fields(bytes, at: &position, into: &head.fields)
        else {
            guard bytes.count < headBytesMax else { throw .headTooLarge }
            return .incomplete
        }
        head.count = position
        try apply(framing, to: &head)
        try split(target, bytes, into: &head)
        return .done(position)
    }

    /// The size in bytes of the one empty line that may come before a request. Source: RFC 9112 §2.2.
    private static func emptyLine(_ bytes: Span<UInt8>) -> Int {
        guard bytes.count > 0, bytes[0] == 13 else { return 0 }
        guard bytes.count > 1 else { return 1 }
        return bytes[1] == 10 ? 2 : 0
    }

    /// Method, target and version. Returns the target, nil when the line is incomplete.
    private static func requestLine(
        _ bytes: Span<UInt8>,
        at position: inout Int,
        into head: inout RequestHead
    ) throws(ParseError) -> Range<Int>? {
        let end = bytes.count
        let methodStart = position
        while position < end, HeadScanner.isToken(bytes[position]) { position &+= 1 }
        guard position &- methodStart <= methodBytesMax else { throw .malformed("the method is too long") }
        guard position < end else { return nil }
        guard bytes[position] == 32, position > methodStart else {
            throw .malformed("the method is not a token")
        }
        head.methodName = methodStart..<position
        head.method = method(bytes, head.methodName)
        position &+= 1
        let targetStart = position
        while position < end, bytes[position] > 32, bytes[position] < 127 { position &+= 1 }
        guard position < end else { return nil }
        guard bytes[position] == 32, position > targetStart else {
            throw .malformed("the request target has a character it must not have")
        }
        let target = targetStart..<position
        position &+= 1
        guard try version(bytes, at: &position, into: &head) else { return nil }
        return target
    }

    /// Reads `HTTP/1.x CRLF`; returns false when it is incomplete.
    private static func version(
        _ bytes: Span<UInt8>,
        at position: inout Int,
        into head: inout RequestHead
    ) throws(ParseError) -> Bool {
        let available = min(bytes.count - position, 10)
        let expected: StaticString = "HTTP/"
        for offset in 0..<min(available, 5)
        where unsafe bytes[position + offset] != expected.utf8Start[offset] {
            throw .malformed("the request line does not end in an HTTP version")
        }
        guard available == 10 else { return false }
        let major = bytes[position + 5] &- 48
        let minor = bytes[position + 7] &- 48
        guard major < 10, bytes[position + 6] == 46, minor < 10, bytes[position + 8] == 13,
            bytes[position + 9] == 10
        else { throw .malformed("the request line does not end in an HTTP version and CRLF") }
        guard major == 1, minor <= 1 else { throw .unsupportedVersion }
        head.minorVersion = Int(minor)
        position += 10
        return true
    }

    private static func method(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Method {
        switch name.count {
        case 3 where bytes.equals(name, "GET"): .get
        case 3 where bytes.equals(name, "PUT"): .put
        case 4 where bytes.equals(name, "POST"): .post
        case 4 where bytes.equals(name, "HEAD"): .head
        case 5 where bytes.equals(name, "PATCH"): .patch
        case 6 where bytes.equals(name, "DELETE"): .delete
        case 7 where bytes.equals(name, "OPTIONS"): .options
        default: .other
        }
    }

    /// Source: RFC 9112 §6.3, with every ambiguous form refused.
    private static func apply(_ framing: HeadScanner.Framing, to head: inout RequestHead) throws(ParseError) {
        if framing.isChunked {
            guard framing.contentLength == nil else {
                throw .malformed("both Transfer-Encoding and Content-Length")
            }
            guard head.minorVersion == 1 else { throw .malformed("Transfer-Encoding in HTTP/1.0") }
            head.framing = .chunked
        } else if let length = framing.contentLength {
            head.framing = length == 0 ? .none : .length(length)
        } else {
            head.framing = .none
        }
        guard framing.hostCount == 1 || framing.hostCount == 0 && head.minorVersion == 0 else {
            throw .malformed(framing.hostCount == 0 ? "Host is missing" : "more than one Host")
        }
        guard framing.hostIsValid else { throw .malformed("Host is not a host name or address") }
        guard framing.expectation != .other else { throw .unknownExpectation }
        head.keepAlive =
            !framing.connectionClose && (head.minorVersion == 1 || framing.connectionKeepAlive)
        head.expectsContinue = framing.expectation == .continue && head.minorVersion == 1
    }

    /// Path and query of the target, in origin-form, absolute-form or `*`. Source: RFC 9112 §3.2.
    private static func split(
        _ target: Range<Int>,
        _ bytes: Span<UInt8>,
        into head: inout RequestHead
    ) throws(ParseError) {
        var path = target
        if bytes[target.lowerBound] != 47 {
            path = try pathOfOtherForm(target, bytes, head)
        }
        head.query = nil
        for index in path {
            if bytes[index] == 35 { throw .malformed("a fragment in the request target") }
            if bytes[index] == 63, head.query == nil {
                head.query = index + 1..<path.upperBound
                head.path = path.lowerBound..<index
            }
        }
        if head.query == nil { head.path = path }
    }

    /// `*` for OPTIONS, or the path of an absolute URL whose authority is the Host field's.
    private static func pathOfOtherForm(
        _ target: Range<Int>,
        _ bytes: Span<UInt8>,
        _ head: RequestHead
    ) throws(ParseError) -> Range<Int> {
        if target.count == 1, bytes[target.lowerBound] == 42, head.method == .options { return target }
        let schemes: [(StaticString, Int)] = [("http://", 7), ("https://", 8)]
        for (scheme, count) in schemes where target.count > count {
            let start = target.lowerBound + count
            guard bytes.equalsIgnoringCase(target.lowerBound..<start, scheme) else { continue }
            var end = start
            while end < target.upperBound, bytes[end] != 47, bytes[end] != 63 { end += 1 }
            guard end < target.upperBound, bytes[end] == 47, let host = head.fields.first(.host),
                host.count == end - start, zip(host, start..<end).allSatisfy({ bytes[$0] == bytes[$1] })
            else { throw .malformed("the target's authority is not the Host field's, or it has no path") }
            return end..<target.upperBound
        }
        throw .malformed("the request target is neither a path nor an absolute URL")
    }
}
