import Bytes
import EventLoop
import HTTP
import HTTPServer
import Sockets
import Testing
import TestSupport

/// The memory that connections share.
@Suite(.timeLimit(.minutes(1)))
struct BudgetTests {
    private static let kibibyte = 1024

    private func begin(_ client: RawClient, bytes: Int, sending: Int) async {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: \(bytes)\r\n\r\n"
        client.send(head)
        await client.sendAll([UInt8](repeating: 97, count: sending))
    }

    @Test func `a body that finds no room waits, and comes in when another has gone`() async throws {
        let budget = BufferBudget(bytesMax: 400 * Self.kibibyte)
        try await withServer(
            configure: { $0.budget = budget },
            handler: { exchange in exchange.respond(.text(200, "\(exchange.request.body.count)")) }
        ) { port, _ in
            let bytes = 150 * Self.kibibyte
            let (first, second) = (try RawClient(port: port), try RawClient(port: port))
            await begin(first, bytes: bytes, sending: 0)
            #expect(try await first.readResponse().status == 100)
            await begin(second, bytes: bytes, sending: 0)
            while budget.figures.waits == 0 { await Task.yield() }
            #expect(budget.figures.usedBytes < 200 * Self.kibibyte)
            await first.sendAll([UInt8](repeating: 97, count: bytes))
            #expect(try await first.readResponse().text == "\(bytes)")
            #expect(try await second.readResponse().status == 100)
            await second.sendAll([UInt8](repeating: 98, count: bytes))
            #expect(try await second.readResponse().text == "\(bytes)")
            await settle(budget)
            #expect(budget.figures.refusals == 0)
        }
    }

    @Test func `a body that finds no room in time is 503`() async throws {
        let budget = BufferBudget(bytesMax: 400 * Self.kibibyte)
        let (events, gate) = (Events(), Events())
        try await withServer(
            configure: {
                $0.budget = budget
                $0.bodyTimeout = .milliseconds(200)
            },
            handler: { exchange in
                events.send("here")
                _ = await gate.next()
                exchange.respond(.text(200, "\(exchange.request.body.count)"))
            }
        ) { port, _ in
            let bytes = 150 * Self.kibibyte
            let first = try RawClient(port: port)
            first.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(bytes)\r\n\r\n")
            await first.sendAll([UInt8](repeating: 97, count: bytes))
            #expect(await events.next() == "here")
            let late = try RawClient(port: port)
            await begin(late, bytes: bytes, sending: 10)
            let answer = try await late.readResponse()
            #expect(answer.status == 503)
            #expect(answer.field("retry-after") == "1")
            #expect(budget.figures.refusals == 1)
            gate.send("")
            #expect(try await first.readResponse().text == "\(bytes)")
        }
    }

    @Test func `a body larger than one alone may hold is 503 at once`() async throws {
        let budget = BufferBudget(bytesMax: 400 * Self.kibibyte)
        try await withServer(configure: { $0.budget = budget }, handler: echo) { port, _ in
            let client = try RawClient(port: port)
            await begin(client, bytes: 201 * Self.kibibyte, sending: 0)
            let answer = try await client.readResponse()
            #expect(answer.status == 503)
            #expect(answer.field("retry-after") == "1")
            #expect(budget.figures.refusals == 1)
        }
    }

    @Test func `one payer leaves room for another`() async throws {
        let budget = BufferBudget(bytesMax: 400 * Self.kibibyte)
        try await withServer(
            configure: { $0.budget = budget },
            screen: { head in
                .proceed(payer: BufferPayer(realm: 1, id: UInt64(head.header("from")?.utf8.count ?? 0)))
            },
            handler: { exchange in exchange.respond(.text(200, "\(exchange.request.body.count)")) }
        ) { port, _ in
            var hogs: [RawClient] = []
            for _ in 0..<20 {
                let hog = try RawClient(port: port)
                hog.send(
                    "POST / HTTP/1.1\r\nHost: x\r\nFrom: hog\r\nContent-Length: \(60 * Self.kibibyte)\r\n\r\n"
                )
                hogs.append(hog)
            }
            while budget.figures.waits < 17 { await Task.yield() }
            let other = try RawClient(port: port)
            let bytes = 90 * Self.kibibyte
            other.send("POST / HTTP/1.1\r\nHost: x\r\nFrom: me\r\nContent-Length: \(bytes)\r\n\r\n")
            await other.sendAll([UInt8](repeating: 97, count: bytes))
            #expect(try await other.readResponse().text == "\(bytes)")
            for hog in hogs { hog.reset() }
            await settle(budget)
        }
    }

    @Test func `chunked bodies and long heads are charged too`() async throws {
        let budget = BufferBudget(bytesMax: 1 << 20)
        try await withServer(
            configure: {
                $0.budget = budget
                $0.bodyBytesMax = 300 * Self.kibibyte
            },
            handler: { exchange in exchange.respond(.text(200, "\(exchange.request.body.count)")) }
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n32000\r\n")
            await client.sendAll([UInt8](repeating: 97, count: 0x32000))
            while budget.figures.usedBytes < 0x32000 { await Task.yield() }
            client.send("\r\n0\r\n\r\n")
            #expect(try await client.readResponse().text == "\(0x32000)")
            await settle(budget)
            let slow = try RawClient(port: port)
            slow.send("GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "a", count: 20_000))
            while budget.figures.usedBytes < 20_000 { await Task.yield() }
            slow.close()
            await settle(budget)
        }
    }

    @Test func `what a stream's client doesn't take is charged, and too much of it costs the connection`()
        async throws
    {
        let budget = BufferBudget(bytesMax: 40 << 20)
        let events = Events()
        try await withServer(
            configure: { $0.budget = budget },
            handler: { exchange in
                let stream = exchange.startStream(contentType: .eventStream)
                exchange.releaseRequest()
                stream.onDisconnect = { events.send("gone after \(budget.figures.usedBytes >> 20) MiB") }
                let piece = ByteBuffer(String(repeating: "c", count: 8 << 20))
                for _ in 0..<10 { stream.append(piece) }
                events.send(stream.isBehind ? "behind" : "taken")
            }
        ) { port, _ in
            let client = try RawClient(port: port, receiveBufferBytes: 4096)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await events.next() == "behind")
            #expect(await events.next().hasPrefix("gone after"))
            #expect(budget.figures.closed == 1)
            await settle(budget)
            client.close()
        }
    }

    @Test func `what a handler still has of a client that is gone stays charged`() async throws {
        let budget = BufferBudget(bytesMax: 1 << 20)
        let (events, gate) = (Events(), Events())
        try await withServer(
            configure: { $0.budget = budget },
            handler: { exchange in
                exchange.onDisconnect = { events.send("gone") }
                events.send("waiting")
                _ = await gate.next()
            }
        ) { port, server in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
            await client.sendAll([UInt8](repeating: 97, count: 100_000))
            #expect(await events.next() == "waiting")
            client.reset()
            #expect(await events.next() == "gone")
            #expect(await server.connectionCount() == 0)
            #expect(budget.figures.usedBytes > 100_000)
            gate.send("")
            await settle(budget)
        }
    }

    @Test func `unread answers are bounded, and the oldest makes room`() async throws {
        let budget = BufferBudget(bytesMax: 36 << 20)
        let large = [UInt8](repeating: 97, count: 14 << 20)
        try await withServer(
            configure: { $0.budget = budget },
            handler: { exchange in
                var body = ByteBuffer()
                body.append(contentsOf: large)
                exchange.respond(Response(status: 200, contentType: .plainText, body: body))
            }
        ) { port, server in
            // They read nothing, and their kernels take little.
            let lazy = try RawClient(port: port, receiveBufferBytes: 4096)
            lazy.send(get())
            while budget.figures.usedBytes == 0 { await Task.yield() }
            let reader = try RawClient(port: port, receiveBufferBytes: 4096)
            reader.send(get())
            while budget.figures.closed == 0 { await Task.yield() }
            #expect(try await reader.readResponse().body.count == large.count)
            #expect(budget.figures.closed == 1)
            await settle(budget)
            lazy.close()
        }
    }

    @Test func `a handshake that doesn't come to an end is charged, and bounded`() async throws {
        let pair = try TestCertificates.shared().server
        let box = TLSContextBox(try .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile))
        let budget = BufferBudget(bytesMax: 200 * Self.kibibyte)
        try await withServer(configure: { $0.budget = budget }, tls: box, handler: echo) { port, _ in
            var clients: [RawClient] = []
            for _ in 0..<5 {
                let client = try RawClient(port: port)
                client.send([0x16, 0x03, 0x01])  // the beginning of a handshake
                clients.append(client)
            }
            while budget.figures.waits < 3 { await Task.yield() }
            #expect(budget.figures.usedBytes <= 100 * Self.kibibyte)
            for client in clients { client.reset() }
            await settle(budget)
        }
    }
}

/// Waits until all is given back: the server does so a moment after its answer.
private func settle(_ budget: BufferBudget) async {
    while budget.figures.usedBytes > 0 { await Task.yield() }
}
