import Bytes
import EventLoop
import HTTPClient
import Sockets
import Testing
import TestSupport

/// When a connection is used again, and what happens when it turns out to be stale.
struct ConnectionReuseTests {
    private static func tls(_ isTLS: Bool) throws -> (server: TLSContextPair, host: String) {
        (try TLSContextPair(isTLS), isTLS ? "localhost" : "127.0.0.1")
    }

    @Test(arguments: [false, true])
    func `one connection serves call after call`(_ isTLS: Bool) async throws {
        let (contexts, host) = try Self.tls(isTLS)
        try await withScript(
            serverTLS: contexts.server,
            clientTLS: contexts.client,
            host: host,
            script: answerAll
        ) { stage in
            for _ in 0..<20 { #expect(await stage.get() == .success("0")) }
            #expect(stage.client.connectionCount == 1)
        }
    }

    @Test(arguments: [false, true])
    func `an end on an idle connection is noticed`(_ isTLS: Bool) async throws {
        let (contexts, host) = try Self.tls(isTLS)
        let mayClose = Signal()
        try await withScript(serverTLS: contexts.server, clientTLS: contexts.client, host: host) {
            connection in
            connection.request()
            connection.send(answer("\(connection.index)"))
            if connection.index == 0 { mayClose.wait() } else { _ = connection.clientCloses() }
        } _: { stage in
            #expect(await stage.get() == .success("0"))
            #expect(stage.client.connectionCount == 1)
            mayClose.raise()
            #expect(await stage.until { stage.client.connectionCount == 0 })
            #expect(await stage.get() == .success("1"))
        }
    }

    enum Ending: Sendable, CaseIterable { case inOrder, reset }

    /// The loop does not get to see the end before it sends.
    @Test(arguments: Ending.allCases, [false, true])
    func `a call on a connection that has just gone is sent once more`(_ ending: Ending, isTLS: Bool)
        async throws
    {
        let (contexts, host) = try Self.tls(isTLS)
        let mayClose = Signal()
        let closed = Signal()
        try await withScript(serverTLS: contexts.server, clientTLS: contexts.client, host: host) {
            connection in
            connection.request()
            connection.send(answer("\(connection.index)"))
            guard connection.index == 0 else { return _ = connection.clientCloses() }
            mayClose.wait()
            if ending == .reset { connection.reset() } else { connection.close() }
            closed.raise()
        } _: { stage in
            #expect(await stage.get("/1") == .success("0"))
            mayClose.raise()
            closed.wait()  // blocks the loop
            #expect(await stage.get("/2") == .success("1"))
            #expect(stage.server.requests == ["0: GET /1", "1: GET /2"])
        }
    }

    @Test(arguments: Ending.allCases, [false, true])
    func `a call whose request was read is never sent again`(_ ending: Ending, isTLS: Bool) async throws {
        let (contexts, host) = try Self.tls(isTLS)
        try await withScript(serverTLS: contexts.server, clientTLS: contexts.client, host: host) {
            connection in
            for _ in 0..<5 {
                connection.request()
                connection.send(answer("\(connection.index)"))
            }
            connection.request()
            if ending == .reset { connection.reset() }
        } _: { stage in
            for _ in 0..<5 { #expect(await stage.get("/1") == .success("0")) }
            #expect(await stage.get("/2") == .failure(.closedEarly(nothingProcessed: false)))
            #expect(stage.server.requests.count == 6)
            #expect(stage.client.connectionCount == 0)
        }
    }

    @Test func `a fresh connection that ends early is not replaced`() async throws {
        try await withScript {
            $0.request()
        } _: { stage in
            #expect(await stage.get() == .failure(.closedEarly(nothingProcessed: false)))
            #expect(stage.server.requests.count == 1)
        }
    }

    @Test func `an answer that nobody asked for closes the idle connection`() async throws {
        let maySend = Signal()
        try await withScript { connection in
            connection.request()
            connection.send(answer("\(connection.index)"))
            if connection.index == 0 {
                maySend.wait()
                connection.send(answer("poison"))
            }
            _ = connection.clientCloses()
        } _: { stage in
            #expect(await stage.get() == .success("0"))
            maySend.raise()
            #expect(await stage.until { stage.client.connectionCount == 0 })
            #expect(await stage.get() == .success("1"))
        }
    }

    /// Records after the response wait in OpenSSL or in the kernel: no edge will tell of them.
    @Test func `a second answer over TLS is not taken for the next one`() async throws {
        let (contexts, host) = try Self.tls(true)
        try await withScript(serverTLS: contexts.server, clientTLS: contexts.client, host: host) {
            connection in
            connection.request()
            if connection.index == 0 {
                block(milliseconds: 5)
                connection.send(answer("0"))
                connection.send(answer("poison"))
            } else {
                connection.send(answer("1"))
            }
            _ = connection.clientCloses()
        } _: { stage in
            let first = stage.getting()
            #expect(await stage.until { stage.server.requests.count == 1 })
            block(milliseconds: 30)
            #expect(await first.value == .success("0"))
            #expect(await stage.get() == .success("1"))
        }
    }

    /// The server answers when it has seen the head, and goes on reading: the rest of the body is still to come.
    @Test func `a connection with a half-sent request is not used again`() async throws {
        let isDone = Signal()
        try await withScript(receiveBufferBytes: 4096) { connection in
            if connection.index == 0 {
                connection.more()
                connection.send(answer("early"))
                isDone.wait()
                while connection.more() {}
            } else {
                answerAll(connection)
            }
        } _: { stage in
            let big = try OutboundRequest(
                method: "POST",
                endpoint: stage.endpoint,
                path: "/big",
                body: ByteBuffer(String(repeating: "x", count: 6 << 20))
            )
            let answer = try await stage.client.send(big).text
            #expect(answer == "early")
            #expect(stage.client.connectionCount == 0)
            isDone.raise()
            #expect(await stage.get() == .success("1"))
        }
    }

    @Test func `an early answer counts although the server closes on the rest of the request`() async throws {
        try await withScript(receiveBufferBytes: 4096) { connection in
            connection.more()
            connection.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
        } _: { stage in
            let big = try OutboundRequest(
                method: "POST",
                endpoint: stage.endpoint,
                path: "/big",
                body: ByteBuffer(String(repeating: "x", count: 6 << 20))
            )
            let response = try await stage.client.send(big)
            #expect(response.status == 413)
            #expect(response.text == "big")
        }
    }

    @Test func `idle connections are closed in time`() async throws {
        let seen = Signal()
        try await withScript(configure: { $0.idleTimeout = .milliseconds(30) }) { connection in
            connection.request()
            connection.send(answer("x"))
            if connection.clientCloses() { seen.raise() }
        } _: { stage in
            #expect(await stage.get() == .success("x"))
            #expect(stage.client.connectionCount == 1)
            #expect(await stage.until { stage.client.connectionCount == 0 })
            await seen.raised()
        }
    }

    @Test(arguments: [false, true])
    func `six megabytes reach a slow reader whole, and come back`(_ isTLS: Bool) async throws {
        let (contexts, host) = try Self.tls(isTLS)
        let text = String((0..<6 << 20).map { _ in "z" as Character })
        try await withScript(
            serverTLS: contexts.server,
            clientTLS: contexts.client,
            host: host,
            receiveBufferBytes: 8192
        ) { connection in
            connection.request()
            connection.send(answer(text))
            answerAll(connection)
        } _: { stage in
            let big = try OutboundRequest(
                method: "POST",
                endpoint: stage.endpoint,
                path: "/",
                body: ByteBuffer(text)
            )
            let answer = try await stage.client.send(big).text
            #expect(answer == text)
            #expect(await stage.get() == .success("0"))
            #expect(stage.client.connectionCount == 1)
        }
    }
}
