import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

/// A client that goes away is noticed at once, so that its upstream call can be cancelled; one that has only said all that
/// it has to say gets its answer.
@Suite(.timeLimit(.minutes(1)))
struct DisconnectTests {
    enum Way: Sendable, CaseIterable {
        case finish, close, reset
    }

    @Test(arguments: [Way.close, .reset], [false, true])
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
            case .finish: Issue.record("it is none that goes away")
            case .close: client.close()
            case .reset: client.reset()
            }
            #expect(await events.next() == "gone")
            #expect(await server.connectionCount() == 0)
            gate.send("")
            #expect(await events.next() == "done")
        }
    }

    @Test(arguments: ["POST / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.0\r\n"], [false, true])
    func `one that ends its side alone gets its answer`(_ start: String, inOneGo: Bool) async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(handler: { exchange in
            exchange.onDisconnect = { events.send("gone") }
            events.send("waiting")
            _ = await gate.next()
            #expect(!exchange.isDisconnected)
            await echo(exchange)
            events.send("done")
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(start + "Content-Length: 2\r\n\r\nhi")
            if inOneGo { client.finish() }
            #expect(await events.next() == "waiting")
            client.finish()
            var isProbed = false
            if start.contains("1.1") {
                isProbed = try await client.readResponse().status == 100
            }
            gate.send("")
            #expect(try await client.readResponse().text == "hi")
            #expect(await client.readToEnd() == "", "once for a request")
            #expect(isProbed == start.contains("1.1"), "HTTP/1.0 knows no 100")
            #expect(await events.next() == "done")
            while await server.connectionCount() > 0 { await Task.yield() }
        }
    }

    @Test func `one that ends its side after several requests gets all answers`() async throws {
        try await withServer(handler: name) { port, _ in
            let client = try RawClient(port: port)
            client.send(get("/a") + get("/later/b") + get("/c"))
            client.finish()
            for path in ["/a", "/later/b", "/c"] {
                var answer = try await client.readResponse()
                if answer.status == 100 { answer = try await client.readResponse() }
                #expect(answer.text == "GET \(path)?")
            }
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `one that closes right after its request is noticed`() async throws {
        let events = Events()
        let gate = Events()
        try await withServer(handler: { exchange in
            exchange.onDisconnect = { events.send("gone") }
            _ = await gate.next()
        }) { port, server in
            let client = try RawClient(port: port)
            client.send(post("hi"))
            client.close()
            #expect(await events.next() == "gone")
            gate.send("")
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
