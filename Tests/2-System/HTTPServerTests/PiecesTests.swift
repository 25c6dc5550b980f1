import Bytes
import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

/// Bodies that handlers read piece by piece, over the wire.
@Suite(.timeLimit(.minutes(1)))
struct PiecesTests {
    private static let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// Answers with how many bytes the body has, and its trailer.
    @Sendable private static func count(_ exchange: Exchange) async {
        guard let body = exchange.body else { return await echo(exchange) }
        var count = 0
        do throws(BodyBroken) {
            while let piece = try await body.next() { count += piece.count }
            exchange.respond(.text(200, "\(count) \(body.trailer("x-sum") ?? "no trailer")"))
        } catch {
            exchange.respond(.text(400, "\(error)"))
        }
    }

    private static func server(
        configure: (inout ServerConfiguration) -> Void = { _ in },
        handler: @escaping @Sendable (Exchange) async -> Void = count,
        _ body: (Int, HTTPServer) async throws -> Void
    ) async throws {
        try await withServer(
            configure: {
                $0.givesChunksInPieces = true
                configure(&$0)
            },
            handler: handler,
            body
        )
    }

    @Test func `bodies with and without trailers, and other requests, follow each other on a connection`()
        async throws
    {
        try await Self.server { port, _ in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send(
                    Self.chunked + "5\r\nhello\r\n0\r\nOther: y\r\nX-Sum: \t a b \r\n\r\n" + post("whole")
                )
                #expect(try await client.readResponse().text == "5 a b")
                #expect(try await client.readResponse().text == "whole")
                client.send(Self.chunked + "1\r\nx\r\n")
                client.send("0\r\n\r\n")
                #expect(try await client.readResponse().text == "1 no trailer")
            }
        }
    }

    @Test func `a large body passes through a bounded buffer`() async throws {
        let budget = BufferBudget(bytesMax: 1 << 20)
        try await Self.server(configure: { $0.budget = budget }) { port, _ in
            let client = try RawClient(port: port)
            client.send(Self.chunked)
            let block = Array("100000\r\n".utf8) + distinctBytes(1 << 20) + Array("\r\n".utf8)
            for _ in 0..<20 { await client.sendAll(block) }
            #expect(budget.figures.usedBytes == 0)
            client.send("0\r\n\r\n")
            #expect(try await client.readResponse().text == "\(20 << 20) no trailer")
        }
    }

    @Test func `a client that waits for a sign is given one when the body is wanted`() async throws {
        let gate = Events()
        try await Self.server(handler: { exchange in
            _ = await gate.next()
            await Self.count(exchange)
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            gate.send("")
            #expect(await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            client.send("2\r\nhi\r\n0\r\n\r\n")
            #expect(try await client.readResponse().text == "2 no trailer")
        }
    }

    @Test(arguments: [
        ("zz\r\n", "malformed"), ("1\r\nab", "malformed"),
        ("0\r\nX: " + String(repeating: "x", count: 20_000), "malformed"),
        ("5\r\nab", "timedOut"),
    ])
    func `a broken body can be answered, and closes the connection`(_ rest: String, _ why: String)
        async throws
    {
        try await Self.server(configure: { $0.bodyTimeout = .milliseconds(200) }) { port, _ in
            let client = try RawClient(port: port)
            client.send(Self.chunked + rest)
            let answer = try await client.readResponse()
            #expect(answer.status == 400)
            #expect(answer.text == why)
            #expect(answer.field("connection") == "close")
        }
    }

    @Test(arguments: [true, false])
    func `a client that goes away ends the body`(resets: Bool) async throws {
        let events = Events()
        try await Self.server(handler: { exchange in
            guard let body = exchange.body else { return }
            do throws(BodyBroken) {
                while let piece = try await body.next() { events.send(piece.text) }
            } catch {
                events.send("\(error)")
            }
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(Self.chunked + "2\r\nhi\r\n")
            #expect(await events.next() == "hi")
            if resets { client.reset() } else { client.close() }
            #expect(await events.next() == "closed")
            while await server.connectionCount() > 0 { await Task.yield() }
        }
    }

    @Test func `a handler may answer without reading, and the client that still sends gets it`() async throws
    {
        try await Self.server(handler: { $0.respond(.text(403, "no")) }) { port, _ in
            let client = try RawClient(port: port)
            client.send(Self.chunked)
            await client.sendAll(Array("2dc6c0\r\n".utf8) + [UInt8](repeating: 97, count: 3_000_000))
            let answer = try await client.readResponse()
            #expect(answer.status == 403)
            #expect(answer.field("connection") == "close")
        }
    }
}
