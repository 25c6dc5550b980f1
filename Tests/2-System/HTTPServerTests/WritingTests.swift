import Bytes
import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WritingTests {
    private static let large = distinctBytes(8 * 1024 * 1024)

    @Sendable private static func sendLarge(_ exchange: Exchange) async {
        var body = ByteBuffer()
        body.append(contentsOf: large)
        exchange.respond(Response(status: 200, contentType: .other("application/octet-stream"), body: body))
    }

    @Test func `a large answer reaches a slow reader whole, and the pipelined request behind it is answered`()
        async throws
    {
        try await withServer(handler: { exchange in
            if exchange.request.path == "/large" {
                await Self.sendLarge(exchange)
            } else {
                await name(exchange)
            }
        }) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get("/large") + get("/small") + get("/later"))
            let answer = try await client.readResponse()
            #expect(answer.body == Self.large)
            #expect(try await client.readResponse().text == "GET /small?")
            #expect(try await client.readResponse().text == "GET /later?")
        }
    }

    @Test
    func `a large answer is finished before the connection closes, even for a client that ended its side`()
        async throws
    {
        try await withServer(handler: Self.sendLarge) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get("/", fields: "Connection: close\r\n"))
            client.finish()
            #expect(try await client.readResponse().body == Self.large)
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `a client that takes nothing of its answer loses it`() async throws {
        let events = Events()
        try await withServer(
            configure: { $0.writeTimeout = .milliseconds(50) },
            handler: { exchange in
                exchange.onDisconnect = { events.send("gone") }
                await Self.sendLarge(exchange)
            }
        ) { port, server in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get())
            #expect(await events.next() == "gone")
            #expect(await server.connectionCount() == 0)
            client.close()
        }
    }

    @Test func `refusing a request behind an answer that waits for its reader refuses it once`() async throws
    {
        try await withServer(handler: Self.sendLarge) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get("/") + "nonsense\r\n\r\n")
            client.send("more nonsense\r\n\r\n")
            #expect(try await client.readResponse().body == Self.large)
            #expect(try await client.readResponse().status == 400)
            #expect(await client.readToEnd() == "")
        }
    }

    @Test(arguments: ["a\r\nX-Evil: 1", "a\n", "\r", "a\u{0}b", "\u{7F}"], [true, false])
    func `a field that could split the head is left out, of whole answers and of streams`(
        _ bad: String,
        _ isStream: Bool
    ) async throws {
        let fields = [
            ResponseField("X-Bad", bad), ResponseField("X\(bad)", "v"), ResponseField("X-Good", "good"),
        ]
        try await withServer(handler: { exchange in
            guard isStream else {
                let type = ContentType.other("text/\(bad)")
                return exchange.respond(
                    Response(status: 200, contentType: type, fields: fields, body: ByteBuffer("ok"))
                )
            }
            exchange.startStream(contentType: .other("text/\(bad)"), fields: fields).end()
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send(get())
            let answer = try await client.readResponse()
            #expect(answer.status == 200 && answer.field("x-good") == "good")
            for name in ["x-bad", "x-evil", "x", "content-type"] { #expect(answer.field(name) == nil) }
            client.close()
        }
    }
}
