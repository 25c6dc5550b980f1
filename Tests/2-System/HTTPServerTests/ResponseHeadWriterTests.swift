import Bytes
import HTTP
import Testing

@testable import HTTPServer

/// The heads of responses, byte for byte.
struct ResponseHeadWriterTests {
    typealias Framing = ResponseHeadWriter.Framing

    struct Row: Sendable {
        var status = 200
        var type: ContentType?
        var fields: [ResponseField] = []
        var framing = Framing.length(2)
        var connection = ServerMachine.ConnectionOption.unsaid
        let head: String
    }

    private static let date = "Date: Tue, 14 Nov 2023 22:13:20 GMT"

    private static let rows = [
        Row(
            type: .json,
            head: "HTTP/1.1 200 OK|Content-Type: application/json|Content-Length: 2|\(date)||"
        ),
        Row(
            type: .json,
            connection: .close,
            head:
                "HTTP/1.1 200 OK|Content-Type: application/json|Content-Length: 2|\(date)|Connection: close||"
        ),
        Row(
            type: .json,
            fields: [ResponseField("A", "b")],
            connection: .keepAlive,
            head: "HTTP/1.1 200 OK|Content-Type: application/json|Content-Length: 2|A: b|\(date)|"
                + "Connection: keep-alive||"
        ),
        Row(
            type: .eventStream,
            framing: .chunked,
            head: "HTTP/1.1 200 OK|Content-Type: text/event-stream|Transfer-Encoding: chunked|\(date)||"
        ),
        Row(status: 204, framing: .unsaid, head: "HTTP/1.1 204 No Content|\(date)||"),
        Row(
            status: 413,
            framing: .length(0),
            head: "HTTP/1.1 413 Content Too Large|Content-Length: 0|\(date)||"
        ),
        Row(
            fields: [
                ResponseField("date", "x"), ResponseField("Content-Length", "9"), ResponseField("a b", "c"),
                ResponseField("A", "b\r\nC: d"), ResponseField("", "e"), ResponseField("F", "g\th"),
            ],
            head: "HTTP/1.1 200 OK|Content-Length: 2|F: g\th|\(date)||"
        ),
    ]

    @Test(arguments: rows)
    func `a head has its fields, the date and what becomes of the connection`(_ row: Row) {
        let clock = DateText()
        for later in [0, 999] as [Int64] {
            var out = ByteBuffer()
            let writer = ResponseHeadWriter(framing: row.framing, connection: row.connection)
            writer.write(row.status, row.type, row.fields, clock, atMs: 1_700_000_000_000 + later, into: &out)
            #expect(
                out.text.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "|")
                    == row.head
            )
        }
    }

    @Test func `the date is written anew each second`() {
        let clock = DateText()
        let first = clock.line(atMs: 1_700_000_000_999)
        #expect(clock.lastLine(atMs: 1_700_000_000_000) == [13, 10] + first + [13, 10])
        #expect(clock.line(atMs: 1_700_000_001_000) != first)
    }
}
