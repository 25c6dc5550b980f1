import Bytes
import EventLoop
import HTTPClient
import TestSupport
import Testing

/// Responses that are read piece by piece, and what is left behind when a call ends.
struct ResponseBodyTests {
    @Test(arguments: [false, true])
    func `bytes that nobody asked for hold the server back`(_ isTLS: Bool) async throws {
        let contexts = try TLSContextPair(isTLS)
        let sent = Shared(0)
        let total = 32 << 20
        try await withScript(
            serverTLS: contexts.server,
            clientTLS: contexts.client,
            host: isTLS ? "localhost" : "127.0.0.1"
        ) { connection in
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 122, count: 64 << 10)
            while sent.withLock({ $0 }) < total {
                guard connection.send(piece) else { return }
                sent.withLock { $0 += piece.count }
            }
            answerAll(connection)
        } _: { stage in
            let body = try await stage.client.stream(stage.request(bytesMax: total))
            var last = -1
            var isStill = false
            for _ in 0..<100 where !isStill {  // until the server has made no headway for a while
                await stage.loop.sleep(for: .milliseconds(40))
                let now = sent.withLock { $0 }
                isStill = now == last && now > 0
                last = now
            }
            #expect(isStill)
            #expect(last < total / 2)
            var received = 0
            while let piece = try await body.next() { received += piece.count }
            #expect(received == total)
            #expect(await stage.get() == .success("0"))
        }
    }

    @Test(arguments: ["0\r\n\r\n", "", "1\r\nx\r\n"])
    func `a body of which nothing more is expected leaves its connection to others, or closes it`(
        _ rest: String
    )
        async throws
    {
        let asked = Signal()
        try await withScript { connection in
            guard connection.index == 0 else { return answerAll(connection) }
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            asked.wait()
            connection.send(rest)
            answerAll(connection)
        } _: { stage in
            var body: ResponseBody? = try await stage.client.stream(stage.request())
            let first = try await body?.next()?.text
            #expect(first == "x")
            body?.settle(within: .milliseconds(50))
            weak let left = body
            body = nil
            asked.raise()
            #expect(await stage.until { left == nil })
            #expect(await stage.get() == .success(rest.hasPrefix("0") ? "0" : "1"))
        }
    }

    @Test func `dropping a body before its end closes the connection`() async throws {
        let seen = Signal()
        try await withScript { connection in
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            if connection.clientCloses() { seen.raise() }
        } _: { stage in
            var body: ResponseBody? = try await stage.client.stream(stage.request())
            let first = try await body?.next()?.text
            #expect(first == "x")
            body = nil
            #expect(stage.client.connectionCount == 0)
            await seen.raised()
        }
    }

    struct Broken: Sendable, CustomStringConvertible {
        let description: String
        let wire: String
        let error: HTTPClientError
    }

    @Test(arguments: [
        Broken(
            description: "cut short",
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
            error: .closedEarly(nothingProcessed: false)
        ),
        Broken(
            description: "cut in a chunk",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
            error: .closedEarly(nothingProcessed: false)
        ),
        Broken(
            description: "a bad chunk",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n!",
            error: .malformed(reason: "a chunk size is not hexadecimal")
        ),
    ])
    func `what came before an error is read before it`(_ row: Broken) async throws {
        try await withScript { connection in
            connection.request()
            connection.send(row.wire)
        } _: { stage in
            let body = try await stage.client.stream(stage.request())
            let first = try await body.next()?.text
            #expect(first == "hello")
            await #expect(throws: row.error) { _ = try await body.next() }
            await #expect(throws: row.error) { _ = try await body.next() }
            #expect(stage.client.connectionCount == 0)
        }
    }

    /// Takes a body as soon as its head is there, and sends the next request from within. One loop's thread only.
    private final class Chain: StreamedResponseReceiver, ResponseReceiver {
        private let client: HTTPClient
        private let next: OutboundRequest
        private var body: ResponseBody?
        var text = ""
        var failure: HTTPClientError?
        var answer: Result<ClientResponse, HTTPClientError>?

        init(_ client: HTTPClient, next: OutboundRequest) {
            self.client = client
            self.next = next
        }

        func began(_ outcome: consuming Result<ResponseBody, HTTPClientError>) {
            body = try? outcome.get()
            body?.onChange = { [unowned self] in read() }
            read()
        }

        private func read() {
            while let piece = body?.take() {
                switch piece {
                case .bytes(let bytes): text += bytes.text
                case .nothing: return
                case .ended(let end):
                    if case .failure(let error) = end { failure = error }
                    guard body != nil else { return }  // it was read to the end from within the look for more
                    body = nil
                    client.send(next, to: self)
                }
            }
        }

        func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>) { answer = outcome }
    }

    @Test(
        arguments: [false, true],
        ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
    )
    func `a body that is there with its head may be read, and the connection used, from within`(
        _ isTLS: Bool,
        _ rest: String
    ) async throws {
        let contexts = try TLSContextPair(isTLS)
        let sent = Signal()
        let parts = rest.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
        try await withScript(
            serverTLS: contexts.server,
            clientTLS: contexts.client,
            host: isTLS ? "localhost" : "127.0.0.1"
        ) { connection in
            connection.request()
            connection.send(answer("warm"))
            connection.request()
            // Two records, so that the head is read alone over TLS.
            connection.send("HTTP/1.1 200 OK\r\n\(parts[0])\r\n\r\n")
            connection.send(parts[1])
            sent.raise()
            connection.request()
            connection.send(answer("next"))
            _ = connection.clientCloses()
        } _: { stage in
            #expect(await stage.get() == .success("warm"))
            let chain = Chain(stage.client, next: try stage.request())
            stage.client.stream(try stage.request(), to: chain)
            sent.wait()  // the loop finds all of the response at once
            #expect(await stage.until { chain.answer != nil })
            #expect(chain.text == "hello")
            #expect(try chain.answer?.get().text == "next")
        }
    }

    @Test(arguments: [
        "Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "Connection: close\r\n\r\nhello",
    ])
    func `a body is whole when its server closed right behind it`(_ rest: String) async throws {
        let closed = Signal()
        try await withScript { connection in
            connection.request()
            connection.send(answer(connection.index == 0 ? "warm" : "next"))
            guard connection.request() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n" + rest)
            connection.close()
            closed.raise()
        } _: { stage in
            #expect(await stage.get() == .success("warm"))
            let chain = Chain(stage.client, next: try stage.request())
            stage.client.stream(try stage.request(), to: chain)
            closed.wait()  // the loop finds the response and the end at once
            #expect(await stage.until { chain.answer != nil })
            #expect(chain.text == "hello" && chain.failure == nil)
            #expect(try chain.answer?.get().text == "next")
        }
    }

    @Test func `over TLS, an end without its notice is no end of the body`() async throws {
        let contexts = try TLSContextPair()
        try await withScript(serverTLS: contexts.server, clientTLS: contexts.client, host: "localhost") {
            connection in
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\n\r\nhello")
        } _: { stage in
            #expect(await stage.get() == .failure(.closedEarly(nothingProcessed: false)))
        }
    }

    @Test func `a deadline ends a stream that its reader neglects`() async throws {
        try await withScript { connection in
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\n\r\nx")
            _ = connection.clientCloses()
        } _: { stage in
            let body = try await stage.client.stream(stage.request(timeout: .seconds(1)))
            #expect(await stage.until { stage.client.connectionCount == 0 })
            let first = try await body.next()?.text
            #expect(first == "x")
            await #expect(throws: HTTPClientError.timedOut(.responding)) { _ = try await body.next() }
        }
    }

    enum End: Sendable, CaseIterable { case read, streamed, dropped, cancelled, failed, timedOut }

    /// The call holds the request, which holds its cancellation.
    @Test(arguments: End.allCases)
    func `a call is freed however it ends`(_ end: End) async throws {
        try await withScript { connection in
            connection.request()
            switch end {
            case .read, .streamed: connection.send(answer("x"))
            case .dropped, .cancelled, .timedOut:
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
            case .failed: connection.send("no HTTP at all")
            }
            _ = connection.clientCloses()
        } _: { stage in
            weak var trace: Cancellation?
            do {
                let cancellation = Cancellation()
                trace = cancellation
                var request = try stage.request(timeout: end == .timedOut ? .milliseconds(30) : .seconds(10))
                request.cancellation = cancellation
                switch end {
                case .read, .failed, .timedOut: _ = try? await stage.client.send(request)
                case .streamed:
                    let body = try await stage.client.stream(request)
                    while try await body.next() != nil {}
                    cancellation.cancel()
                case .dropped: _ = try await stage.client.stream(request)
                case .cancelled:
                    let body = try await stage.client.stream(request)
                    cancellation.cancel()
                    _ = try? await body.next()
                }
            }
            #expect(await stage.until { trace == nil })
        }
    }
}
