import HTTP
import HTTPServer
import TestSupport
import Testing

/// Requests that two servers in a row could read differently. Whatever follows one of them must never be a request.
@Suite(.timeLimit(.minutes(1)))
struct StrictnessTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: String
        let status: Int

        init(_ what: String, _ request: String, _ status: Int = 400) {
            (testDescription, self.request, self.status) = (what, request, status)
        }
    }

    private static let start = "POST / HTTP/1.1\r\nHost: x\r\n"

    static let rows = [
        Row("CL + TE", start + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Row("TE + CL", start + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
        Row("two different CL", start + "Content-Length: 4\r\nContent-Length: 0\r\n\r\n"),
        Row("two equal CL", start + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        Row("TE: xchunked", start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        Row("TE: chunked, chunked", start + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501),
        Row("TE: identity", start + "Transfer-Encoding: identity\r\n\r\n", 501),
        Row("space before colon", start + "Content-Length : 4\r\n\r\n0\r\n\r\n"),
        Row("obs-fold", start + "A: b\r\n Content-Length: 4\r\n\r\n"),
        Row("bare LF in the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"),
        Row("bare LF in a field", start + "A: b\nContent-Length: 0\r\n\r\n"),
        Row("bare LF throughout", "GET / HTTP/1.1\nHost: x\n\n"),
        Row("NUL in value", start + "A: \0b\r\nContent-Length: 0\r\n\r\n"),
        Row("CR in value", start + "A: b\rc\r\nContent-Length: 0\r\n\r\n"),
        Row("missing Host", "GET / HTTP/1.1\r\n\r\n"),
        Row("two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
        Row("HTTP/2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        Row("HTTP/0.9", "GET /\r\n\r\n"),
        Row("a chunk size that is no number", start + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"),
        Row("a negative chunk size", start + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"),
        Row("a chunk longer than it says", start + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"),
        Row("bare LF after a chunk size", start + "Transfer-Encoding: chunked\r\n\r\n0\n\n"),
        Row("bare LF in a chunk extension", start + "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\n0\r\n\r\n"),
        Row("a fragment", "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n"),
        Row("an unknown expectation", start + "Expect: tea\r\nContent-Length: 0\r\n\r\n", 417),
    ]

    @Test(arguments: rows, [false, true])
    func `are answered once, then the connection is closed and nothing else is read`(
        _ row: Row,
        isSentByteByByte: Bool
    ) async throws {
        let handled = Events()
        try await withServer(handler: { exchange in
            handled.send(exchange.request.path)
            await name(exchange)
        }) { port, _ in
            let client = try RawClient(port: port)
            let bytes = Array((row.request + get("/smuggled")).utf8)
            if isSentByteByByte {
                for byte in bytes { client.send([byte]) }
            } else {
                client.send(bytes)
            }
            let answer = try await client.readResponse()
            #expect(answer.status == row.status)
            #expect(answer.field("connection") == "close")
            #expect(answer.field("content-type") == "text/plain; charset=utf-8")
            #expect(await client.readToEnd() == "")

            let other = try RawClient(port: port)
            other.send(get("/marker"))
            #expect(try await other.readResponse().status == 200)
            #expect(
                await handled.next() == "/marker",
                "a refused request, or what followed it, reached the handler"
            )
        }
    }

    @Test(arguments: [false, true])
    func `chunked requests are put together`(isSentByteByByte: Bool) async throws {
        try await withServer(handler: echo) { port, _ in
            let client = try RawClient(port: port)
            let request =
                Self.start
                + "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nth\r\n003\r\nree\r\n0\r\nT: v\r\n\r\n"
                + post("four")
            if isSentByteByByte {
                for byte in request.utf8 { client.send([byte]) }
            } else {
                client.send(request)
            }
            #expect(try await client.readResponse().text == "three")
            #expect(try await client.readResponse().text == "four")
        }
    }
}
