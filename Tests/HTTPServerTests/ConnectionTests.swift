import Bytes
import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

struct ConnectionTests {
    @Test func `answers three pipelined requests in order on one connection`() async throws {
        try await withServer(handler: echo) { port, _ in
            let client = try RawClient(port: port)
            let request = { (body: String) in
                "POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            }
            client.send(request("one") + request("two"))
            client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("2;x=y\r\nth\r\n3\r\nree\r\n0\r\nT: v\r\n\r\n")
            let answer = try #require(await client.readToEnd())
            let bodies = answer.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
            #expect(bodies == ["one", "two", "three"])
        }
    }

    @Test func `a handler that awaits still answers`() async throws {
        try await withServer(handler: { exchange in
            await exchange.loop.sleep(for: .milliseconds(20))
            await echo(exchange)
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
            #expect(await client.read(until: "hi").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }
}

@Sendable private func echo(_ exchange: Exchange) async {
    let request = exchange.request
    var body = ByteBuffer()
    body.append(request.bytes, request.body)
    exchange.respond(Response(status: 200, contentType: .plainText, body: body))
}
