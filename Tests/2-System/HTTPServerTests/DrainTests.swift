import Bytes
import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DrainTests {
    @Test func `idle connections close at once, requests in flight finish and say so`() async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(handler: { exchange in
            guard exchange.request.path == "/wait" else { return await name(exchange) }
            events.send("waiting")
            _ = await gate.next()
            await name(exchange)
        }) { port, server in
            let (idle, busy) = (try RawClient(port: port), try RawClient(port: port))
            idle.send(get("/a"))
            #expect(try await idle.readResponse().field("connection") == nil)
            busy.send(get("/wait") + get("/never"))
            #expect(await events.next() == "waiting")
            async let drained: Void = server.drain(within: .seconds(30))
            #expect(await idle.readToEnd() == "")
            #expect(throws: RawClientError.self) { try RawClient(port: port) }
            gate.send("")
            let answer = try await busy.readResponse()
            #expect(answer.text == "GET /wait?")
            #expect(answer.field("connection") == "close")
            #expect(await busy.readToEnd() == "")
            busy.close()
            await drained
            #expect(await server.connectionCount() == 0)
        }
    }

    @Test func `a request that is still arriving is answered`() async throws {
        try await withServer(handler: echo) { port, server in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await client.readResponse().status == 100)
            async let drained: Void = server.drain(within: .seconds(30))
            while (try? RawClient(port: port)) != nil { await Task.yield() }
            client.send("hi")
            let answer = try await client.readResponse()
            #expect(answer.text == "hi")
            #expect(answer.field("connection") == "close")
            client.close()
            await drained
        }
    }

    @Test(arguments: [false, true])
    func `a stream's owner is asked to end it, whenever it says what to do`(isLate: Bool) async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            let sayGoodbye = {
                _ = stream.writeIfIdle(ByteBuffer("goodbye"))
                stream.end()
            }
            if !isLate { stream.onDrain = sayGoodbye }
            try? await stream.write(ByteBuffer("hello"))
            events.send("begun")
            guard isLate else { return }
            _ = await gate.next()
            stream.onDrain = sayGoodbye
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(get())
            #expect(await events.next() == "begun")
            async let drained: Void = server.drain(within: .seconds(30))
            if isLate {
                while (try? RawClient(port: port)) != nil { await Task.yield() }
                gate.send("")
            }
            #expect(try await client.readResponse().text == "hellogoodbye")
            #expect(await client.readToEnd() == "")
            client.close()
            await drained
        }
    }

    @Test func `the deadline closes what is left`() async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(handler: { exchange in
            exchange.onDisconnect = { events.send("gone") }
            events.send("waiting")
            _ = await gate.next()
            await name(exchange)
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(get())
            #expect(await events.next() == "waiting")
            await server.drain(within: .milliseconds(30))
            #expect(await events.next() == "gone")
            #expect(await client.readToEnd() == "")
            #expect(await server.connectionCount() == 0)
            gate.send("")
        }
    }

    @Test func `draining twice, or a server that never started, is harmless`() async throws {
        try await withServer(handler: name) { _, server in
            await server.drain(within: .seconds(1))
            await server.drain(within: .seconds(1))
        }
        try await withLoop { loop in
            let configuration = ServerConfiguration(host: "127.0.0.1", port: 0)
            let server = HTTPServer(configuration: configuration, loops: [loop]) { _ in ClosureHandler(name) }
            await server.stop()
        }
    }
}
