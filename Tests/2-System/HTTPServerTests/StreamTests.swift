import Bytes
import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    @Sendable private static func threePieces(_ exchange: Exchange) async {
        let stream = exchange.startStream(
            contentType: .eventStream,
            fields: [ResponseField("Cache-Control", "no-store")]
        )
        for number in 0..<3 {
            try? await stream.write(ByteBuffer("data: \(number)\n\n"))
            await exchange.loop.sleep(for: .milliseconds(1))
        }
        try? await stream.write(ByteBuffer())  // an empty chunk would end the body
        stream.end()
        stream.end()
    }

    @Test func `pieces arrive in order, then the connection serves the next request`() async throws {
        try await withServer(handler: Self.threePieces) { port, _ in
            let client = try RawClient(port: port)
            client.send(get() + get())
            for _ in 0..<2 {
                let answer = try await client.readResponse()
                #expect(answer.text == "data: 0\n\ndata: 1\n\ndata: 2\n\n")
                #expect(answer.field("content-type") == "text/event-stream")
                #expect(answer.field("cache-control") == "no-store")
                #expect(answer.field("content-length") == nil)
            }
        }
    }

    @Test func `a piece arrives while the stream goes on`() async throws {
        let gate = Events()
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            try? await stream.write(ByteBuffer("first"))
            _ = await gate.next()
            try? await stream.write(ByteBuffer("second"))
            stream.end()
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send(get())
            #expect(await client.read(until: "first").hasSuffix("\r\n5\r\nfirst\r\n"))
            gate.send("")
            #expect(await client.read(until: "0\r\n\r\n") == "6\r\nsecond\r\n0\r\n\r\n")
        }
    }

    @Test func `HEAD gets the head alone, and HTTP/1.0 a body that ends with the connection`() async throws {
        try await withServer(handler: Self.threePieces) { port, _ in
            let client = try RawClient(port: port)
            client.send(
                "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
            )
            #expect(try await client.readResponse(toHead: true).status == 200)
            let old = try await client.readResponse()
            #expect(old.text == "data: 0\n\ndata: 1\n\ndata: 2\n\n")
            #expect(old.field("transfer-encoding") == nil)
            #expect(old.field("connection") == "close")
        }
    }

    @Test func `a writer waits for a client that does not read, and goes on with it`() async throws {
        let events = Events()
        let pieces = 200
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            var piece = ByteBuffer()
            piece.append(contentsOf: [UInt8](repeating: 99, count: 64 * 1024))
            exchange.loop.arm(LoopTimer { events.send("turn") }, after: .milliseconds(200))
            for number in 0..<pieces {
                try? await stream.write(piece)
                if number == pieces - 1 { events.send("written") }
            }
            #expect(stream.writeIfIdle(ByteBuffer("last")))
            stream.end()
        }) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get())
            #expect(await events.next() == "turn", "13 MB were taken in without a reader")
            let answer = try await client.readResponse()
            #expect(answer.body.count == pieces * 64 * 1024 + 4)
            #expect(await events.next() == "written")
        }
    }

    @Test func `a piece that would wait is refused, and the owner hears when there is room again`()
        async throws
    {
        let events = Events()
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            exchange.releaseRequest()
            #expect(exchange.request.bytes.isEmpty)
            let large = ByteBuffer(String(repeating: "c", count: 16 * 1024 * 1024))
            #expect(stream.writeIfIdle(large))
            for _ in 0..<1000 { #expect(!stream.writeIfIdle(ByteBuffer("dropped"))) }
            events.send("full")
            await withUnsafeContinuation { continuation in stream.onReady = { continuation.resume() } }
            stream.onReady = { Issue.record("nothing waits any more") }
            #expect(stream.writeIfIdle(ByteBuffer("one")))
            stream.end(with: ByteBuffer("last"))
            stream.end(with: ByteBuffer("later"))
        }) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get())
            #expect(await events.next() == "full")
            let answer = try await client.readResponse()
            #expect(answer.body.count == 16 * 1024 * 1024 + 7)
            #expect(answer.body.suffix(7) == Array("onelast".utf8)[...])
            // The connection serves the next request.
            client.send(get())
            #expect(await events.next() == "full")
        }
    }

    @Test func `last words wait behind what a slow client has still to take`() async throws {
        let events = Events()
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            #expect(stream.writeIfIdle(ByteBuffer(String(repeating: "c", count: 16 * 1024 * 1024))))
            stream.end(with: ByteBuffer("last"))
            events.send("ended")
        }) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get())
            #expect(await events.next() == "ended")
            let answer = try await client.readResponse()
            #expect(answer.body.count == 16 * 1024 * 1024 + 4)
        }
    }

    @Test(arguments: DisconnectTests.Way.allCases, [false, true])
    func `a client that goes away ends the stream, whether its writer waits or not`(
        _ way: DisconnectTests.Way,
        writerWaits: Bool
    ) async throws {
        let events = Events()
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            stream.onDisconnect = { events.send("gone, closed \(stream.isClosed)") }
            var piece = ByteBuffer("begun")
            try? await stream.write(piece)
            if writerWaits { piece.append(contentsOf: [UInt8](repeating: 99, count: 16 * 1024 * 1024)) }
            do {
                while true {
                    try await stream.write(piece)
                    if !writerWaits { await exchange.loop.sleep(for: .milliseconds(5)) }
                }
            } catch {
                events.send("closed \(stream.isClosed)")
            }
        }) { port, server in
            let client = try RawClient(port: port, receiveBufferBytes: 65_536)
            client.send(get())
            _ = await client.read(until: "begun")
            switch way {
            case .finish: client.finish()
            case .close: client.close()
            case .reset: client.reset()
            }
            #expect(await events.next() == "gone, closed true")
            #expect(await events.next() == "closed true")
            #expect(await server.connectionCount() == 0)
        }
    }

    @Test func `ending a stream lets go of a writer that still waits`() async throws {
        let events = Events()
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            exchange.loop.arm(LoopTimer { stream.end() }, after: .milliseconds(50))
            var piece = ByteBuffer()
            piece.append(contentsOf: [UInt8](repeating: 99, count: 16 * 1024 * 1024))
            try? await stream.write(piece)
            do {
                try await stream.write(piece)
            } catch {
                events.send("refused")
            }
        }) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get())
            #expect(await events.next() == "refused")
            #expect(
                try await client.readResponse().body.count == 16 * 1024 * 1024,
                "what was begun is finished"
            )
        }
    }

    @Test func `a client that never reads its stream loses it after the write timeout`() async throws {
        let events = Events()
        try await withServer(
            configure: { $0.writeTimeout = .milliseconds(50) },
            handler: { exchange in
                let stream = exchange.startStream(contentType: .eventStream)
                var piece = ByteBuffer()
                piece.append(contentsOf: [UInt8](repeating: 99, count: 16 * 1024 * 1024))
                do {
                    try await stream.write(piece)
                } catch {
                    events.send("closed")
                }
            }
        ) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send(get())
            #expect(await events.next() == "closed")
        }
    }

    @Test func `an idle stream has no deadline`() async throws {
        let configure = { (configuration: inout ServerConfiguration) in
            configuration.headTimeout = .milliseconds(10)
            configuration.idleTimeout = .milliseconds(10)
            configuration.writeTimeout = .milliseconds(10)
        }
        try await withServer(
            configure: configure,
            handler: { exchange in
                let stream = exchange.startStream(contentType: .eventStream)
                await exchange.loop.sleep(for: .milliseconds(100))
                try? await stream.write(ByteBuffer("late"))
                stream.end()
            }
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send(get())
            #expect(try await client.readResponse().text == "late")
        }
    }
}
