import Bytes
import EventLoop
import HTTP
import HTTPServer
import TestSupport

/// Answers with the request's body.
@Sendable func echo(_ exchange: Exchange) async {
    let request = exchange.request
    var body = ByteBuffer()
    body.append(request.bytes, request.body)
    exchange.respond(Response(status: 200, contentType: .plainText, body: body))
}

/// Answers with method, path and query, after a turn of the loop when the path says `/later`.
@Sendable func name(_ exchange: Exchange) async {
    let request = exchange.request
    if request.path.hasPrefix("/later") { await exchange.loop.sleep(for: .milliseconds(1)) }
    let method = request.bytes.span.text(request.head.methodName)
    exchange.respond(.text(200, "\(method) \(request.path)?\(request.query)"))
}

/// What handlers tell the test, or the test them, in order; one reader.
final class Events: Sendable {
    private let stream: AsyncStream<String>
    private let sink: AsyncStream<String>.Continuation

    init() { (stream, sink) = AsyncStream.makeStream() }

    func send(_ event: String) { sink.yield(event) }

    func next() async -> String {
        for await event in stream { return event }
        return ""
    }
}

/// A request with a body of that text.
func post(_ body: String, path: String = "/", fields: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: x\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

func get(_ path: String = "/", fields: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
}

/// Bytes in which no block is like its neighbour, made fast in debug builds too.
func distinctBytes(_ count: Int) -> [UInt8] {
    var block = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    var bytes: [UInt8] = []
    while bytes.count < count {
        block[0] = UInt8(truncatingIfNeeded: bytes.count / 1000)
        block[1] = UInt8(truncatingIfNeeded: bytes.count / 256_000)
        bytes += block.prefix(count - bytes.count)
    }
    return bytes
}
