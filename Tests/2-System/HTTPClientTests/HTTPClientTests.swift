import Bytes
import EventLoop
import HTTP
import HTTPClient
import HTTPServer
import TestSupport
import Testing

struct HTTPClientTests {
    @Test func `sends requests one after the other over one connection`() async throws {
        try await withServer(handler: echo) { port, server in
            let endpoint = try #require(Endpoint(url: "http://127.0.0.1:\(port)/prefix"))
            try await withLoop { loop in
                let client = HTTPClient(loop: loop, resolver: Resolver(), tls: nil)
                for text in ["one", "two", "three"] {
                    let response = try await client.send(
                        try OutboundRequest(
                            method: "POST",
                            endpoint: endpoint,
                            path: "/x",
                            body: ByteBuffer(text)
                        )
                    )
                    #expect(response.status == 200)
                    #expect(response.bytes.span.text(response.body) == "/prefix/x \(text)")
                }
                #expect(client.connectionCount == 1)
                #expect(await server.connectionCount() == 1)
                client.close()
            }
        }
    }

    @Test func `a deadline ends the call and its connection`() async throws {
        try await withServer(handler: { await $0.loop.sleep(for: .seconds(5)) }) { port, _ in
            let endpoint = try #require(Endpoint(url: "http://127.0.0.1:\(port)"))
            try await withLoop { loop in
                let client = HTTPClient(loop: loop, resolver: Resolver(), tls: nil)
                await #expect(throws: HTTPClientError.timedOut(.responding)) {
                    let request = try OutboundRequest(
                        method: "GET",
                        endpoint: endpoint,
                        path: "/",
                        timeout: .milliseconds(50)
                    )
                    _ = try await client.send(request)
                }
                #expect(client.connectionCount == 0)
                client.close()
            }
        }
    }

    @Test func `a refused connection names the endpoint and the reason`() async throws {
        let port = try await withServer(handler: echo) { port, _ in port }
        let endpoint = try #require(Endpoint(url: "http://127.0.0.1:\(port)"))
        try await withLoop { loop in
            let client = HTTPClient(loop: loop, resolver: Resolver(), tls: nil)
            let expected = HTTPClientError.connect(endpoint: "\(endpoint)", reason: "Connection refused")
            await #expect(throws: expected) {
                _ = try await client.send(try OutboundRequest(method: "GET", endpoint: endpoint, path: "/"))
            }
            client.close()
        }
    }

    @Test func `a streamed body arrives piece by piece`() async throws {
        try await withServer(handler: { exchange in
            let stream = exchange.startStream(contentType: .eventStream)
            for number in 0..<5 { try? await stream.write(ByteBuffer("data: \(number)\n\n")) }
            stream.end()
        }) { port, _ in
            let endpoint = try #require(Endpoint(url: "http://127.0.0.1:\(port)"))
            try await withLoop { loop in
                let client = HTTPClient(loop: loop, resolver: Resolver(), tls: nil)
                let body = try await client.stream(
                    try OutboundRequest(method: "GET", endpoint: endpoint, path: "/")
                )
                #expect(body.status == 200)
                #expect(body.header("content-type") == "text/event-stream")
                var text = ""
                while let piece = try await body.next() { text += piece.text }
                #expect(text == (0..<5).map { "data: \($0)\n\n" }.joined())
                client.close()
            }
        }
    }
}

@Sendable private func echo(_ exchange: Exchange) async {
    let request = exchange.request
    var body = ByteBuffer(request.path + " ")
    body.append(request.bytes, request.body)
    exchange.respond(Response(status: 200, contentType: .plainText, body: body))
}
