import EventLoop
import Foundation
import HTTP
import HTTPServer
import TestSupport
import Testing

/// Everything that waits has a deadline, everything that grows has a bound.
@Suite(.timeLimit(.minutes(1)))
struct BoundsTests {
    @Test(arguments: [0, 1])
    func `a head of 32 KB is served and a larger one is answered 431`(_ excess: Int) async throws {
        try await withServer(handler: echo) { port, _ in
            let client = try RawClient(port: port)
            let empty = get("/", fields: "A: \r\n")
            let padding = String(repeating: "a", count: 32 * 1024 - empty.utf8.count + excess)
            await client.sendAll(Array(get("/", fields: "A: \(padding)\r\n").utf8))
            #expect(try await client.readResponse().status == (excess == 0 ? 200 : 431))
        }
    }

    @Test func `a head without an end is answered 431 as soon as it is too large`() async throws {
        try await withServer(handler: echo) { port, _ in
            let client = try RawClient(port: port)
            await client.sendAll(
                Array((get("/").dropLast(2) + "A: ").utf8) + [UInt8](repeating: 97, count: 300_000)
            )
            #expect(try await client.readResponse().status == 431)
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `a body of 4 MB is served`() async throws {
        try await withServer(handler: { exchange in
            exchange.respond(.text(200, "\(exchange.request.body.count)"))
        }) { port, _ in
            let client = try RawClient(port: port)
            let body = [UInt8](repeating: 98, count: 4 * 1024 * 1024)
            await client.sendAll(
                Array("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
            )
            #expect(try await client.readResponse().text == "4194304")
            let head = "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400000\r\n"
            await client.sendAll(Array(head.utf8) + body + Array("\r\n0\r\n\r\n".utf8))
            #expect(try await client.readResponse().text == "4194304")
        }
    }

    @Test(arguments: ["Content-Length: 4194305\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n400001\r\n"])
    func `a larger body is answered 413, though the client goes on sending it`(_ announcement: String)
        async throws
    {
        try await withServer(handler: echo) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\n\(announcement)")
            await client.sendAll([UInt8](repeating: 98, count: 4_194_305))
            let answer = try await client.readResponse()
            #expect(answer.status == 413)
            #expect(answer.field("connection") == "close")
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `chunks that add up to more are answered 413`() async throws {
        try await withServer(configure: { $0.bodyBytesMax = 10 }, handler: echo) { port, _ in
            let client = try RawClient(port: port)
            client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\n"
            )
            #expect(try await client.readResponse().status == 413)
        }
    }

    @Test func `announcing a large body takes no memory`() async throws {
        let budget = BufferBudget(bytesMax: 2 << 30)  // room for all that is announced
        try await withServer(configure: { $0.budget = budget }, handler: echo) { port, server in
            let before = residentBytes()
            var clients: [RawClient] = []
            for _ in 0..<150 {
                let client = try RawClient(port: port)
                client.send(
                    "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4194304\r\n\r\n"
                )
                #expect(try await client.readResponse().status == 100)
                clients.append(client)
            }
            #expect(await server.connectionCount() == 150)
            #expect(residentBytes() - before < 300_000_000, "600 MB were announced")
        }
    }

    @Test(arguments: ["G", "GET / HTTP/1.1\r\nHost: x\r\n"])
    func `a head that takes too long is answered 408`(_ start: String) async throws {
        try await withServer(configure: { $0.headTimeout = .milliseconds(30) }, handler: echo) { port, _ in
            let client = try RawClient(port: port)
            client.send(start)
            let answer = try await client.readResponse()
            #expect(answer.status == 408)
            #expect(answer.field("connection") == "close")
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `a head that trickles in does not push its deadline away`() async throws {
        try await withServer(configure: { $0.headTimeout = .milliseconds(60) }, handler: echo) { port, _ in
            let client = try RawClient(port: port)
            let trickle = Task.detached {
                while !Task.isCancelled {
                    client.send("a")
                    // The pace of the client, not a wait for the server.
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }
            client.send("GET / HTTP/1.1\r\nHost: x\r\nA: ")
            #expect(try await client.readResponse().status == 408)
            trickle.cancel()
            await trickle.value
        }
    }

    @Test(arguments: ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"])
    func `a body that takes too long is answered 408`(_ rest: String) async throws {
        try await withServer(configure: { $0.bodyTimeout = .milliseconds(30) }, handler: echo) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\n" + rest)
            #expect(try await client.readResponse().status == 408)
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `connections that say nothing are closed without a word, new or between requests`()
        async throws
    {
        let configure = { (configuration: inout ServerConfiguration) in
            configuration.headTimeout = .milliseconds(30)
            configuration.idleTimeout = .milliseconds(30)
        }
        try await withServer(configure: configure, handler: name) { port, server in
            let new = try RawClient(port: port)
            #expect(await new.readToEnd() == "")
            let used = try RawClient(port: port)
            used.send(get("/a"))
            #expect(try await used.readResponse().text == "GET /a?")
            #expect(await used.readToEnd() == "")
            #expect(await server.connectionCount() == 0)
        }
    }

    @Test func `no deadline runs while a handler works`() async throws {
        let configure = { (configuration: inout ServerConfiguration) in
            configuration.headTimeout = .milliseconds(10)
            configuration.bodyTimeout = .milliseconds(10)
            configuration.idleTimeout = .milliseconds(10)
            configuration.writeTimeout = .milliseconds(10)
        }
        try await withServer(
            configure: configure,
            handler: { exchange in
                await exchange.loop.sleep(for: .milliseconds(100))
                await echo(exchange)
            }
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send(post("patience"))
            #expect(try await client.readResponse().text == "patience")
        }
    }

    @Test func `a connection too many is answered 503, and there is room again when one has gone`()
        async throws
    {
        try await withServer(configure: { $0.connectionsMax = 2 }, handler: name) { port, server in
            let clients = [try RawClient(port: port), try RawClient(port: port)]
            for client in clients {
                client.send(get("/a"))
                #expect(try await client.readResponse().status == 200)
            }
            let refused = try RawClient(port: port)
            refused.send(get("/b"))
            let answer = try await refused.readResponse()
            #expect(answer.status == 503)
            #expect(answer.field("retry-after") == "1")
            #expect(await refused.readToEnd() == "")
            clients[0].finish()
            #expect(await clients[0].readToEnd() == "")
            refused.close()
            while await server.connectionCount() > 1 { await Task.yield() }
            let next = try RawClient(port: port)
            next.send(get("/c"))
            #expect(try await next.readResponse().status == 200)
        }
    }

    @Test func `each of 500 connections too many can read its 503, whether it has sent a request or not`()
        async throws
    {
        try await withServer(configure: { $0.connectionsMax = 1 }, loopCount: 2, handler: name) { port, _ in
            let first = try RawClient(port: port)
            first.send(get("/a"))
            #expect(try await first.readResponse().status == 200)
            var refused: [RawClient] = []
            for number in 0..<500 {
                let client = try RawClient(port: port)
                if number.isMultiple(of: 2) { client.send(get("/b")) }
                refused.append(client)
            }
            for client in refused { #expect(try await client.readResponse().status == 503) }
            first.send(get("/c"))
            #expect(try await first.readResponse().status == 200)
        }
    }

    @Test func `those beyond who is waited for are told in passing`() async throws {
        let configure = { (configuration: inout ServerConfiguration) in
            configuration.connectionsMax = 0
            configuration.refusedMax = 1
        }
        try await withServer(configure: configure, handler: name) { port, server in
            var clients: [RawClient] = []
            for _ in 0..<20 { clients.append(try RawClient(port: port)) }
            for client in clients { #expect(try await client.readResponse().status == 503) }
            #expect(await server.connectionCount() == 0)
        }
    }

    @Test func `one peer can't take all connections, unless it speaks for many`() async throws {
        let configure = { (configuration: inout ServerConfiguration) in
            configuration.connectionsPerPeerMax = 2
            configuration.trustedPeers = [AddressRange("127.0.0.3")].compactMap { $0 }
        }
        try await withServer(configure: configure, loopCount: 2, handler: name) { port, _ in
            var open: [RawClient] = []
            for source in ["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.3", "127.0.0.3"] {
                let client = try RawClient(port: port, from: source)
                client.send(get("/a"))
                #expect(try await client.readResponse().status == 200, "\(source)")
                open.append(client)
            }
            let refused = try RawClient(port: port, from: "127.0.0.1")
            #expect(try await refused.readResponse().status == 503)
            open[0].close()
            try await retry {
                let next = try RawClient(port: port, from: "127.0.0.1")
                next.send(get("/b"))
                return try await next.readResponse().status == 200
            }
        }
    }

    @Test func `an expectation is met before the body and after its length is known to be fine`() async throws
    {
        try await withServer(handler: echo) { port, _ in
            let client = try RawClient(port: port)
            let start = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            client.send(start + "Content-Length: 2\r\n\r\n")
            #expect(try await client.readResponse().status == 100)
            client.send("hi")
            #expect(try await client.readResponse().text == "hi")
            client.send(start + "Transfer-Encoding: chunked\r\n\r\n")
            #expect(try await client.readResponse().status == 100)
            client.send("2\r\nho\r\n0\r\n\r\n")
            #expect(try await client.readResponse().text == "ho")
            client.send(start + "Content-Length: 4\r\n\r\nhere")
            #expect(try await client.readResponse().text == "here", "the body is there: nothing to continue")
            client.send(
                "POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
            )
            client.send("x")
            #expect(try await client.readResponse().text == "x", "HTTP/1.0 knows no 100")
            client.send(start + "Content-Length: 5000000\r\n\r\n")
            #expect(try await client.readResponse().status == 413)
            #expect(await client.readToEnd() == "")
        }
    }
}

private func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4096 } ?? 0
}

/// Tries until it works: the server learns a little later that a client has gone.
private func retry(_ attempt: () async throws -> Bool) async throws {
    while try await !attempt() { await Task.yield() }
}
