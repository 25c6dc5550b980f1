import Bytes
import HTTP
import Testing

struct RequestParserTests {
    struct Accepted: Sendable, CustomTestStringConvertible {
        let head: String
        let method: Method
        let path: String
        var query: String?
        var framing = BodyFraming.none
        var keepAlive = true
        var expectsContinue = false

        var testDescription: String { String(head.debugDescription.prefix(100)) }
    }

    @Test(arguments: [
        Accepted(head: "GET / HTTP/1.1\r\nHost: x\r\n\r\n", method: .get, path: "/"),
        Accepted(head: "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", method: .get, path: "/a"),
        Accepted(
            head: "HEAD /a?b=c?d HTTP/1.1\r\nHost:x:80\r\n\r\n",
            method: .head,
            path: "/a",
            query: "b=c?d"
        ),
        Accepted(head: "PUT /? HTTP/1.1\r\nHost: [::1]:80 \t\r\n\r\n", method: .put, path: "/", query: ""),
        Accepted(head: "PURGE //a/../%00 HTTP/1.1\r\nhost: x\r\n\r\n", method: .other, path: "//a/../%00"),
        Accepted(head: "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", method: .options, path: "*"),
        Accepted(
            head: "GET http://x:1/y?z HTTP/1.1\r\nHost: x:1\r\n\r\n",
            method: .get,
            path: "/y",
            query: "z"
        ),
        Accepted(head: "GET HTTPS://x/ HTTP/1.1\r\nHost: x\r\n\r\n", method: .get, path: "/"),
        Accepted(head: "GET / HTTP/1.0\r\n\r\n", method: .get, path: "/", keepAlive: false),
        Accepted(
            head: "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nExpect: 100-continue\r\n\r\n",
            method: .get,
            path: "/"
        ),
        Accepted(
            head: "DELETE / HTTP/1.1\r\nHost: x\r\nConnection: te , CLOSE\r\n\r\n",
            method: .delete,
            path: "/",
            keepAlive: false
        ),
        Accepted(
            head: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 007\r\nExpect: 100-Continue\r\n\r\n",
            method: .post,
            path: "/",
            framing: .length(7),
            expectsContinue: true
        ),
        Accepted(head: "POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 0\r\n\r\n", method: .post, path: "/"),
        Accepted(
            head: "PATCH / HTTP/1.1\r\nHost: x\r\nTRANSFER-ENCODING:\tChunked\t\r\n\r\n",
            method: .patch,
            path: "/",
            framing: .chunked
        ),
        Accepted(
            head: "GET / HTTP/1.1\r\nHost: x\r\nX:\r\nY: \u{e9}\t \u{ff}z\r\n\r\n",
            method: .get,
            path: "/"
        ),
    ])
    func `well-formed heads are read correctly, however they are split`(_ row: Accepted) throws {
        let bytes = latinBytes(row.head)
        var head = RequestHead()
        let progress = try RequestParser.parse(bytes.span, into: &head, headBytesMax: 4096)
        #expect(progress == .done(bytes.count))
        #expect(head.count == bytes.count)
        #expect(head.method == row.method)
        #expect(bytes.span.text(head.path) == row.path)
        #expect(head.query.map { bytes.span.text($0) } == row.query)
        #expect(head.framing == row.framing)
        #expect(head.keepAlive == row.keepAlive)
        #expect(head.expectsContinue == row.expectsContinue)
        for count in 0..<bytes.count { #expect(readRequest(Array(bytes[..<count])) == .incomplete) }
        #expect(readRequest(bytes + Array("GET".utf8)) == readRequest(bytes))
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let why: String
        let head: String
        let status: Int

        init(_ why: String, _ head: String, _ status: Int = 400) {
            (self.why, self.head, self.status) = (why, head, status)
        }

        var testDescription: String { why }
    }

    private static let start = "POST / HTTP/1.1\r\nHost: x\r\n"

    @Test(arguments: [
        Refused(
            "Content-Length and Transfer-Encoding",
            start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        Refused(
            "the same in the other order",
            start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
        ),
        Refused("two different lengths", start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"),
        Refused("the same length twice", start + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n"),
        Refused("a list of lengths", start + "Content-Length: 3, 3\r\n\r\n"),
        Refused("a signed length", start + "Content-Length: +3\r\n\r\n"),
        Refused("a negative length", start + "Content-Length: -3\r\n\r\n"),
        Refused("a hexadecimal length", start + "Content-Length: 0x3\r\n\r\n"),
        Refused("a length with a space inside", start + "Content-Length: 1 3\r\n\r\n"),
        Refused("an empty length", start + "Content-Length:\r\n\r\n"),
        Refused("a length beyond 64 bits", start + "Content-Length: 18446744073709551619\r\n\r\n"),
        Refused("a length beyond any memory", start + "Content-Length: 9223372036854775807\r\n\r\n"),
        Refused("an unknown coding", start + "Transfer-Encoding: xchunked\r\n\r\n", 501),
        Refused("chunked twice in one field", start + "Transfer-Encoding: chunked, chunked\r\n\r\n", 501),
        Refused(
            "chunked twice in two",
            start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        Refused(
            "chunked and then another",
            start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n"
        ),
        Refused("identity", start + "Transfer-Encoding: identity\r\n\r\n", 501),
        Refused("gzip, chunked", start + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        Refused("an empty coding", start + "Transfer-Encoding:\r\n\r\n", 501),
        Refused("a quoted coding", start + "Transfer-Encoding: \"chunked\"\r\n\r\n", 501),
        Refused("chunked with a vertical tab", start + "Transfer-Encoding: \u{b}chunked\r\n\r\n"),
        Refused("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Refused("space before the colon", start + "Content-Length : 3\r\n\r\n"),
        Refused("tab before the colon", start + "Transfer-Encoding\t: chunked\r\n\r\n"),
        Refused("obs-fold", start + "A: b\r\n c\r\n\r\n"),
        Refused("obs-fold with a tab", start + "A: b\r\n\tc\r\n\r\n"),
        Refused("space before the first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
        Refused("bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"),
        Refused("bare LF after a field", start + "A: b\nC: d\r\n\r\n"),
        Refused("bare LF for the empty line", start + "\nGET / HTTP/1.1\r\n"),
        Refused("bare LF throughout", "GET / HTTP/1.1\nHost: x\n\n"),
        Refused("bare CR after a field", start + "A: b\rC: d\r\n\r\n"),
        Refused("CR CR LF", start + "A: b\r\r\n\r\n"),
        Refused("CR without LF at the end", start + "A: b\r\n\rX"),
        Refused("NUL in a value", start + "A: b\0c\r\n\r\n"),
        Refused("DEL in a value", start + "A: b\u{7f}c\r\n\r\n"),
        Refused("NUL in a name", start + "A\0: b\r\n\r\n"),
        Refused("a name that is not ASCII", start + "\u{e9}: b\r\n\r\n"),
        Refused("an empty name", start + ": b\r\n\r\n"),
        Refused("no colon", start + "Content-Length\r\n\r\n"),
        Refused("Host missing", "GET / HTTP/1.1\r\n\r\n"),
        Refused("Host twice", start + "Host: x\r\n\r\n"),
        Refused("Host twice in HTTP/1.0", "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"),
        Refused("an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
        Refused("two hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        Refused("a user in Host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        Refused("a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Refused("HTTP/2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        Refused("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Refused("HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505),
        Refused("HTTP/0.9", "GET /\r\n\r\n"),
        Refused("HTTP/0.9 named", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505),
        Refused("http in lower case", "GET / http/1.1\r\nHost: x\r\n\r\n"),
        Refused("a version of two digits", "GET / HTTP/1.10\r\nHost: x\r\n\r\n"),
        Refused("a version without a dot", "GET / HTTP/11\r\n\r\nHost: x\r\n\r\n"),
        Refused("two spaces before the target", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("two spaces before the version", "GET /  HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("space after the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
        Refused("a tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a leading space", " GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("two leading empty lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a leading bare LF", "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a leading CR alone", "\rGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a method that is no token", "G@T / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("an endless method", String(repeating: "A", count: 33)),
        Refused("a control byte in the target", "GET /\u{1}a HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("DEL in the target", "GET /\u{7f} HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a byte beyond ASCII in the target", "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a fragment in the query", "GET /a?b#c HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a target without a slash", "GET a HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("* for something else than OPTIONS", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("authority-form", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n"),
        Refused("another authority", "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a longer authority", "GET http://xy/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("a user in the authority", "GET http://u@x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("another scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("an unknown expectation", start + "Expect: 200-ok\r\n\r\n", 417),
        Refused("one of two expectations unknown", start + "Expect: x\r\nExpect: 100-continue\r\n\r\n", 417),
        Refused("more fields than allowed", start + String(repeating: "A: b\r\n", count: 100) + "\r\n", 431),
    ])
    func `ambiguous heads are refused, however they are split`(_ row: Refused) {
        let bytes = latinBytes(row.head)
        #expect(readRequest(bytes) == .refused(row.status))
        for count in 0..<bytes.count {
            let reading = readRequest(Array(bytes[..<count]))
            #expect(reading == .incomplete || reading == .refused(row.status), "the first \(count) bytes")
        }
    }

    @Test func `a head may have as many bytes as the bound and not one more, complete or not`() {
        let empty = "GET / HTTP/1.1\r\nHost: x\r\nA: \r\n\r\n"
        let head = { (count: Int) in
            latinBytes(
                empty.replacing("A: ", with: "A: " + String(repeating: "a", count: count - empty.utf8.count))
            )
        }
        let fits = head(200)
        #expect(fits.count == 200)
        guard case .accepted = readRequest(fits, headBytesMax: 200) else { return #expect(Bool(false)) }
        #expect(readRequest(head(201), headBytesMax: 200) == .refused(431))
        #expect(readRequest(Array(head(400)[..<199]), headBytesMax: 200) == .incomplete)
        #expect(readRequest(Array(head(400)[..<200]), headBytesMax: 200) == .refused(431))
        #expect(readRequest(Array(fits[..<150]) + [0] + fits[150...], headBytesMax: 150) == .refused(431))
    }

    @Test func `a field name may have exactly the token characters of RFC 9110`() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            let reading = readRequest(latinBytes("GET / HTTP/1.0\r\na") + [byte] + latinBytes("b: c\r\n\r\n"))
            let isAccepted = if case .accepted = reading { true } else { false }
            // A colon ends the name early; then "b: c" is a value.
            #expect(isAccepted == (tokens.contains(byte) || byte == 58), "\(byte)")
        }
    }
}
