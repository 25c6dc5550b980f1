import Bytes
import Curl
import EventLoop
import Foundation
import HTTP
import HTTPClient
import HTTPServer
import Synchronization
import TestSupport
import Testing

/// Answers with the head and body that it received.
private let mirror: @Sendable (Exchange) async -> Void = { exchange in
    exchange.respond(Response(status: 200, contentType: .plainText, body: ByteBuffer(exchange.request.whole)))
}

extension Request {
    fileprivate var whole: String { bytes.span.text(0..<body.lowerBound) + bytes.span.text(body) }
}

/// A request with everything in it that a careless library would change.
private func delicate(
    _ endpoint: Endpoint,
    body: String = #"{"a":1}"#
) throws(HTTPClientError) -> OutboundRequest {
    try OutboundRequest(
        method: "POST",
        endpoint: endpoint,
        path: "/2015-03-31//functions/a%3Ab%2fc/../x/./invocations?Qualifier=%24LATEST&b=&a=%7E~&c=a+b?'!",
        fields: [
            ("X-Amz-Date", "20150830T123600Z"), ("x-amz-client-context", "e30="),
            ("Authorization", "AWS4-HMAC-SHA256 Credential=A/20150830/x, SignedHeaders=host, Signature=0f"),
            ("X-Empty", ""),
        ],
        body: ByteBuffer(body)
    )
}

struct CurlClientTests {
    @Test
    func `a request arrives byte for byte as it was built, except for User-Agent and the order of fields`()
        async throws
    {
        try await withServer(handler: mirror) { port, _ in
            let request = try delicate(local(port))
            let arrived = try #require(try await sendOne(request).response).bodyText
            var lines = arrived.components(separatedBy: "\r\n")
            var sent = request.message.text.components(separatedBy: "\r\n")
            #expect(lines.removeFirst() == sent.removeFirst())
            #expect(lines.contains("User-Agent: mcp-gateway"))
            lines.removeAll { $0.hasPrefix("User-Agent: ") }
            // libcurl puts Content-Length last; "X-Empty: " may lose the space.
            #expect(lines.map(trimmed).sorted() == sent.map(trimmed).sorted())
            #expect(lines.last == #"{"a":1}"#)
        }
    }

    private func trimmed(_ line: String) -> String { line.trimmingCharacters(in: .whitespaces) }

    @Test(arguments: [
        ("GET", "", false), ("DELETE", "", true), ("PUT", "x", true), ("POST", "", true),
        ("PATCH", "y", true),
    ])
    func `methods keep their name and their framing`(method: String, body: String, hasLength: Bool)
        async throws
    {
        try await withServer(handler: mirror) { port, _ in
            let request = try OutboundRequest(
                method: method,
                endpoint: local(port),
                path: "/?",
                body: ByteBuffer(body)
            )
            let arrived = try #require(try await sendOne(request).response).bodyText
            #expect(arrived.hasPrefix("\(method) /? HTTP/1.1\r\n"))
            #expect(arrived.contains("\r\nContent-Length: \(body.utf8.count)\r\n") == hasLength)
            #expect(arrived.hasSuffix("\r\n\r\n\(body)"))
            for name in ["Expect", "Accept", "Content-Type", "Transfer-Encoding"] {
                #expect(!arrived.contains("\r\n\(name):"))
            }
        }
    }

    @Test func `HEAD has the length but no body`() async throws {
        try await withServer(handler: mirror) { port, _ in
            var request = try OutboundRequest(method: "HEAD", endpoint: local(port), path: "/")
            request.responseBytesMax = 3
            let response = try #require(try await sendOne(request).response)
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
            #expect(Int(response.header("content-length") ?? "0") ?? 0 > 3)
        }
    }

    @Test func `large bodies go both ways`() async throws {
        try await withServer(configure: { $0.bodyBytesMax = 8 << 20 }, handler: mirror) { port, _ in
            let body = String(repeating: "0123456789abcdef", count: 150_000)
            let request = try OutboundRequest(
                method: "POST",
                endpoint: local(port),
                path: "/",
                body: ByteBuffer(body)
            )
            let response = try #require(try await sendOne(request).response)
            #expect(response.bodyText.hasSuffix("\r\n\r\n" + body))
        }
    }

    @Test func `many requests at once are all answered, each with its own answer`() async throws {
        try await withServer(handler: mirror) { port, _ in
            try await withCurl { client in
                let held = LoopBound(client, on: client.loop)
                try await withThrowingTaskGroup(of: (Int, String?).self) { group in
                    for number in 0..<200 {
                        group.addTask(executorPreference: held.loop) {
                            let request = try OutboundRequest(
                                method: "GET",
                                endpoint: local(port),
                                path: "/\(number)"
                            )
                            return (number, await attempt(request, held.value).response?.bodyText)
                        }
                    }
                    for try await (number, text) in group {
                        #expect(text?.hasPrefix("GET /\(number) HTTP") == true)
                    }
                }
            }
        }
    }

    @Test func `a redirect is returned like any other answer`() async throws {
        let server = ScriptedServer([
            .reply("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
        ])
        defer { server.stop() }
        let request = try OutboundRequest(method: "GET", endpoint: local(server.port), path: "/a")
        let response = try #require(try await sendOne(request).response)
        #expect(response.status == 302)
        #expect(response.header("location") == "/b")
        #expect(server.requests.count == 1)
    }

    @Test func `interim responses, chunks and trailers are removed from the answer`() async throws {
        let server = ScriptedServer([
            .reply(
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n"
                    + "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n"
            )
        ])
        defer { server.stop() }
        let request = try OutboundRequest(method: "GET", endpoint: local(server.port), path: "/")
        let response = try #require(try await sendOne(request).response)
        #expect(response.status == 200)
        #expect(response.bodyText == "abcde")
        #expect(response.header("a") == "b")
        #expect(response.header("link") == nil)
        #expect(response.header("x-trailer") == nil)
    }

    @Test func `a connection is used again`() async throws {
        let answer = ScriptedServer.Step.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let server = ScriptedServer([answer, answer, answer])
        defer { server.stop() }
        let port = server.port
        try await withCurl { client in
            for _ in 0..<3 {
                let request = try OutboundRequest(
                    method: "POST",
                    endpoint: local(port),
                    path: "/",
                    body: ByteBuffer("x")
                )
                #expect(await attempt(request, client).response?.bodyText == "ok")
            }
        }
        #expect(server.connectionCount == 1)
        #expect(server.requests.count == 3)
    }

    @Test func `a kept connection that the server has closed is replaced before it is used`() async throws {
        let answer = ScriptedServer.Step.replyAndClose("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let server = ScriptedServer([answer, answer, answer])
        defer { server.stop() }
        try await withCurl { client in
            for _ in 0..<3 {
                let request = try OutboundRequest(
                    method: "POST",
                    endpoint: local(server.port),
                    path: "/",
                    body: ByteBuffer("x")
                )
                #expect(await attempt(request, client).response?.bodyText == "ok")
                while server.openCount > 0 { await Task.yield() }
            }
        }
        #expect(server.connectionCount == 3)
    }

    @Test(arguments: ["x", ""])
    func `a request that may have been acted upon is never sent twice`(body: String) async throws {
        let server = ScriptedServer([
            .reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .replyAndClose(""),
            .reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ])
        defer { server.stop() }
        let port = server.port
        try await withCurl { client in
            let first = try OutboundRequest(method: "GET", endpoint: local(port), path: "/first")
            #expect(await attempt(first, client).response?.status == 200)
            let second = try OutboundRequest(
                method: "POST",
                endpoint: local(port),
                path: "/2",
                body: ByteBuffer(body)
            )
            #expect(await attempt(second, client).error == .closedEarly(nothingProcessed: false))
        }
        #expect(server.requests.count == 2)
    }

    @Test func `the description names the library and its TLS`() {
        let text = curlDescription()
        #expect(text.hasPrefix("libcurl "))
        #expect(text.contains("OpenSSL"))
    }
}

struct CurlFailureTests {
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world",
    ])
    func `an answer above the bound is refused, one at the bound is accepted`(answer: String) async throws {
        for (bytesMax, isRefused) in [(10, true), (11, false)] {
            let server = ScriptedServer([.replyAndClose(answer)])
            defer { server.stop() }
            var request = try OutboundRequest(method: "GET", endpoint: local(server.port), path: "/")
            request.responseBytesMax = bytesMax
            let outcome = try await sendOne(request)
            #expect(outcome.error == (isRefused ? .tooLarge(bytesMax: 10) : nil))
            #expect(outcome.response?.bodyText == (isRefused ? nil : "hello world"))
        }
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: String
        let words: String
    }

    @Test(arguments: [
        Malformed(testDescription: "no status line", answer: "nonsense\r\n\r\n", words: "HTTP"),
        Malformed(
            testDescription: "space before the colon",
            answer: "HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n",
            words: "field name"
        ),
        Malformed(
            testDescription: "a head above the bound",
            answer: "HTTP/1.1 200 OK\r\nA: " + String(repeating: "b", count: 70_000) + "\r\n\r\n",
            words: "65536"
        ),
    ])
    func `an answer that is not HTTP is refused with the reason`(_ row: Malformed) async throws {
        let server = ScriptedServer([.replyAndClose(row.answer)])
        defer { server.stop() }
        let error = try await sendOne(
            try OutboundRequest(method: "GET", endpoint: local(server.port), path: "/")
        )
        .error
        guard case .malformed(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(row.words), "\(reason)")
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
    func `a connection that ends too soon is an error and not an answer`(answer: String) async throws {
        let server = ScriptedServer([.replyAndClose(answer)])
        defer { server.stop() }
        let outcome = try await sendOne(
            try OutboundRequest(method: "GET", endpoint: local(server.port), path: "/")
        )
        #expect(outcome.error == .closedEarly(nothingProcessed: false))
    }

    @Test func `a request to a server that never answers fails at the timeout`() async throws {
        let server = ScriptedServer([.hang])
        defer { server.stop() }
        try await withCurl { client in
            var request = try OutboundRequest(method: "GET", endpoint: local(server.port), path: "/")
            request.timeout = .milliseconds(60)
            let start = client.loop.now
            let outcome = await attempt(request, client)
            let elapsedMs = (client.loop.now - start) / 1_000_000
            #expect(outcome.error == .timedOut(.responding))
            #expect((59..<5000).contains(elapsedMs))
        }
    }

    @Test func `a port that nobody listens on is a connection error`() async throws {
        let server = ScriptedServer([])
        server.stop()
        let outcome = try await sendOne(
            try OutboundRequest(method: "GET", endpoint: local(server.port), path: "/")
        )
        guard case .connect(let endpoint, let reason)? = outcome.error else {
            Issue.record("\(outcome)")
            return
        }
        #expect(endpoint == "http://localhost:\(server.port)")
        #expect(reason.contains("refused") || reason.contains("connect"), "\(reason)")
    }

    @Test func `cancelling ends the request at once and closes its connection`() async throws {
        let server = ScriptedServer([.hang])
        defer { server.stop() }
        let port = server.port
        try await withCurl { client in
            let cancellation = Cancellation()
            var request = try OutboundRequest(method: "GET", endpoint: local(port), path: "/")
            request.cancellation = cancellation
            let timer = LoopTimer { cancellation.cancel() }
            client.loop.arm(timer, after: .milliseconds(30))
            #expect(await attempt(request, client).error == .cancelled)
            #expect(await attempt(request, client).error == .cancelled)
        }
    }

    @Test func `closing the client ends what is in flight`() async throws {
        let server = ScriptedServer([.hang])
        defer { server.stop() }
        let port = server.port
        try await withCurl { client in
            let timer = LoopTimer { client.close() }
            client.loop.arm(timer, after: .milliseconds(30))
            let request = try OutboundRequest(method: "GET", endpoint: local(port), path: "/")
            #expect(await attempt(request, client).error == .cancelled)
        }
    }

    @Test func `requests above the bound are refused at once`() async throws {
        var configuration = CurlClient.Configuration()
        configuration.requestsMax = 0
        let request = try OutboundRequest(method: "GET", endpoint: local(1), path: "/")
        #expect(try await sendOne(request, configuration).error == .overloaded)
    }

    @Test(arguments: [
        "GET /\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n",
    ])
    func `a message that cannot be sent unchanged is refused`(message: String) async throws {
        let request = OutboundRequest(
            endpoint: local(1),
            message: ByteBuffer(message),
            timeout: .seconds(1),
            responseBytesMax: 1
        )
        guard case .malformed? = try await sendOne(request).error else {
            Issue.record("sent")
            return
        }
    }

    @Test(arguments: ["host\r\nX-Evil: 1", "host\n", "ho\u{0}st", "ho st", "user@ho\tst"])
    func `no request is sent to a host that could split the head`(host: String) async throws {
        let request = OutboundRequest(
            endpoint: local(1, host: host),
            message: ByteBuffer("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            timeout: .seconds(1),
            responseBytesMax: 1
        )
        #expect(try await sendOne(request).error == .unsendable(reason: HeadText.endpointFault))
    }
}
