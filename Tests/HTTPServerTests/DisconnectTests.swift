import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

/// A client that goes away is noticed at once, so that its upstream call can be cancelled.
@Suite(.timeLimit(.minutes(1)))
struct DisconnectTests {
    enum Way: Sendable, CaseIterable {
        case finish, close, reset
    }

    @Test(arguments: Way.allCases, [false, true])
    func `while its handler waits`(_ way: Way, pipelinesMore: Bool) async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(handler: { exchange in
            exchange.onDisconnect = { events.send("gone") }
            events.send("waiting")
            _ = await gate.next()
            #expect(exchange.isDisconnected)
            await echo(exchange)  // nobody hears it, and nothing breaks
            events.send("done")
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(post("hi"))
            #expect(await events.next() == "waiting")
            if pipelinesMore { client.send(post("more")) }
            switch way {
            case .finish: client.finish()
            case .close: client.close()
            case .reset: client.reset()
            }
            #expect(await events.next() == "gone")
            #expect(await server.connectionCount() == 0)
            gate.send("")
            #expect(await events.next() == "done")
        }
    }

    @Test func `when its request and its end came in one go`() async throws {
        let events = Events()
        try await withServer(handler: { exchange in
            exchange.onDisconnect = { events.send("gone") }
            await exchange.loop.sleep(for: .seconds(0.05))
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(post("hi"))
            client.finish()
            #expect(await events.next() == "gone")
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `when the second of two pipelined requests waits`() async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(handler: { exchange in
            let path = exchange.request.path
            exchange.onDisconnect = { events.send("gone \(path)") }
            if path == "/b" { events.send("waiting") }
            _ = await gate.next()
            await name(exchange)
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(get("/a") + get("/b"))
            gate.send("")
            #expect(try await client.readResponse().text == "GET /a?")
            #expect(await events.next() == "waiting")
            client.close()
            #expect(await events.next() == "gone /b")
            gate.send("")
        }
    }

    @Test func `but not after its answer`() async throws {
        let events = Events()
        try await withServer(handler: { exchange in
            exchange.onDisconnect = { events.send("gone \(exchange.request.path)") }
            await name(exchange)
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(get("/a"))
            #expect(try await client.readResponse().status == 200)
            client.finish()
            #expect(await client.readToEnd() == "")
            events.send("nothing")
            #expect(await events.next() == "nothing")
        }
    }
}
