import Bytes
import HTTP
import Testing

struct ResponseParserTests {
    struct Accepted: Sendable, CustomTestStringConvertible {
        let head: String
        let status: Int
        let framing: BodyFraming
        var keepAlive = true
        var isHeadRequest = false

        var testDescription: String { String(head.debugDescription.prefix(100)) }
    }

    @Test(arguments: [
        Accepted(head: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", status: 200, framing: .length(3)),
        Accepted(head: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", status: 200, framing: .none),
        Accepted(head: "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", status: 200, framing: .chunked),
        Accepted(head: "HTTP/1.1 200 \r\n\r\n", status: 200, framing: .untilClose, keepAlive: false),
        Accepted(
            head: "HTTP/1.1 599 \u{e9} \t!\r\nExpect: x\r\n\r\n",
            status: 599,
            framing: .untilClose,
            keepAlive: false
        ),
        Accepted(head: "HTTP/1.1 100 Continue\r\n\r\n", status: 100, framing: .none),
        Accepted(head: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, framing: .none),
        Accepted(head: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", status: 304, framing: .none),
        Accepted(
            head: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            status: 200,
            framing: .none,
            isHeadRequest: true
        ),
        Accepted(
            head: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n",
            status: 200,
            framing: .length(1),
            keepAlive: false
        ),
        Accepted(
            head: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
            status: 200,
            framing: .length(1),
            keepAlive: false
        ),
        Accepted(
            head: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n",
            status: 200,
            framing: .length(1)
        ),
    ])
    func `well-formed heads are read correctly, however they are split`(_ row: Accepted) throws {
        let bytes = latinBytes(row.head)
        var head = ResponseHead()
        let progress = try ResponseParser.parse(
            bytes.span,
            into: &head,
            isHeadRequest: row.isHeadRequest,
            headBytesMax: 4096
        )
        #expect(progress == .done(bytes.count))
        #expect(head.count == bytes.count)
        #expect(head.status == row.status)
        #expect(head.framing == row.framing)
        #expect(head.keepAlive == row.keepAlive)
        for count in 0..<bytes.count { #expect(readResponse(Array(bytes[..<count])) == .incomplete) }
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\nA: b\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\nA: b\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\n\r\n", "HTTP/1.1 200 OK\r\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 304 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1,1\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "220 mail.example ESMTP\r\n",
    ])
    func `ambiguous heads are refused, however they are split`(_ text: String) {
        let bytes = latinBytes(text)
        #expect(readResponse(bytes) == .refused(400))
        for count in 0..<bytes.count {
            let reading = readResponse(Array(bytes[..<count]))
            #expect(reading == .incomplete || reading == .refused(400), "the first \(count) bytes")
        }
    }

    @Test func `an unknown transfer coding and a head beyond the bound have their own errors`() {
        #expect(
            readResponse(latinBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")) == .refused(501)
        )
        let long = latinBytes("HTTP/1.1 200 OK\r\nA: \(String(repeating: "a", count: 300))\r\n\r\n")
        #expect(readResponse(long, headBytesMax: 200) == .refused(431))
        #expect(readResponse(Array(long[..<200]), headBytesMax: 200) == .refused(431))
        #expect(readResponse(Array(long[..<199]), headBytesMax: 200) == .incomplete)
    }
}
