import Bytes
import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KeepAliveTests {
    @Test func `a connection serves one request after the other`() async throws {
        try await withServer(handler: echo) { port, server in
            let client = try RawClient(port: port)
            for text in ["one", "", String(repeating: "x", count: 100_000), "four"] {
                await client.sendAll(Array(post(text).utf8))
                let answer = try await client.readResponse()
                #expect(answer.status == 200)
                #expect(answer.text == text)
                #expect(answer.field("connection") == nil)
                let date = try #require(answer.field("date"))
                #expect(
                    date.wholeMatch(of: /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/) != nil
                )
            }
            #expect(await server.connectionCount() == 1)
        }
    }

    @Test(arguments: [
        ["/a", "/b", "/c"], ["/later/a", "/later/b", "/later/c"], ["/a", "/later/b", "/c"],
        ["/later/a", "/b", "/later/c"],
    ])
    func `pipelined requests are answered in order`(_ paths: [String]) async throws {
        try await withServer(handler: name) { port, _ in
            let client = try RawClient(port: port)
            client.send(paths.map { get($0) }.joined())
            for path in paths { #expect(try await client.readResponse().text == "GET \(path)?") }
            client.send(get("/last", fields: "Connection: close\r\n") + get("/never"))
            #expect(try await client.readResponse().text == "GET /last?")
            #expect(await client.readToEnd() == "")
        }
    }

    @Test(arguments: [false, true])
    func `100,000 pipelined requests need neither stack nor patience`(isAsync: Bool) async throws {
        let count = isAsync ? 20_000 : 100_000
        try await withServer(handler: { exchange in
            if isAsync { await Task.yield() }
            exchange.respond(Response(status: 204))
        }) { port, _ in
            let client = try RawClient(port: port)
            let request = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            var all: [UInt8] = []
            for _ in 1..<count { all += request }
            let bytes = all + Array(get("/", fields: "Connection: close\r\n").utf8)
            async let upload: Void = client.sendAll(bytes)
            let text = try #require(await client.readToEnd())
            await upload
            let answers = text.utf8.count { $0 == UInt8(ascii: "/") }
            #expect(answers == count, "one HTTP/1.1 per answer")
        }
    }

    @Test func `a body beside the first bytes of the next request leaves both whole`() async throws {
        try await withServer(handler: echo) { port, _ in
            let client = try RawClient(port: port)
            let (first, second) = (String(repeating: "a", count: 70_000), String(repeating: "b", count: 9000))
            await client.sendAll(Array((post(first) + post(second) + post("c")).utf8))
            #expect(try await client.readResponse().text == first)
            #expect(try await client.readResponse().text == second)
            #expect(try await client.readResponse().text == "c")
        }
    }

    struct OldRow: Sendable {
        let fields: String
        let connection: String?
        let stays: Bool
    }

    @Test(arguments: [
        OldRow(fields: "", connection: "close", stays: false),
        OldRow(fields: "Connection: keep-alive\r\n", connection: "keep-alive", stays: true),
        OldRow(fields: "Connection: keep-alive, close\r\n", connection: "close", stays: false),
    ])
    func `HTTP/1.0 closes unless it is asked to stay, and is told so`(_ row: OldRow) async throws {
        try await withServer(handler: name) { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /old HTTP/1.0\r\n\(row.fields)\r\n")
            let answer = try await client.readResponse()
            #expect(answer.text == "GET /old?")
            #expect(answer.field("connection") == row.connection)
            if row.stays {
                client.send(get("/new", fields: "Connection: close\r\n"))
                #expect(try await client.readResponse().text == "GET /new?")
            }
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `HEAD tells the length and sends no body`() async throws {
        try await withServer(handler: name) { port, _ in
            let client = try RawClient(port: port)
            client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + get("/b"))
            let answer = try await client.readResponse(toHead: true)
            #expect(answer.field("content-length") == "8")
            #expect(try await client.readResponse().text == "GET /b?")
        }
    }

    @Test(arguments: [204, 304])
    func `statuses without a body never have one`(_ status: Int) async throws {
        try await withServer(handler: { $0.respond(.text(status, "a body that must not be sent")) }) {
            port,
            _ in
            let client = try RawClient(port: port)
            client.send(get() + get())
            for _ in 0..<2 {
                let answer = try await client.readResponse()
                #expect(answer.status == status)
                #expect(answer.field("content-length") == nil)
            }
        }
    }

    @Test func `a handler that returns without an answer, or with an impossible one, gives 500`() async throws
    {
        try await withServer(handler: { exchange in
            if exchange.request.path == "/impossible" { exchange.respond(Response(status: 100)) }
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send(get("/nothing") + get("/impossible"))
            #expect(try await client.readResponse().status == 500)
            #expect(try await client.readResponse().status == 500)
        }
    }

    @Test func `only the first of two answers is sent`() async throws {
        try await withServer(handler: { exchange in
            exchange.respond(.text(200, "first"))
            exchange.respond(.text(200, "second"))
            #expect(exchange.request.bytes.isEmpty)
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send(get() + get())
            #expect(try await client.readResponse().text == "first")
            #expect(try await client.readResponse().text == "first")
        }
    }

    @Test func `a request and its end in one go are answered when the handler needs no time`() async throws {
        try await withServer(handler: name) { port, server in
            let client = try RawClient(port: port)
            client.send(get("/a") + get("/b"))
            client.finish()
            #expect(try await client.readResponse().text == "GET /a?")
            #expect(try await client.readResponse().text == "GET /b?")
            #expect(await client.readToEnd() == "")
            #expect(await server.connectionCount() == 0)
        }
    }

    @Test func `a response field cannot break the message or change its framing`() async throws {
        try await withServer(handler: { exchange in
            let fields = [
                ResponseField("X-Good", "a\tb\u{e9}"), ResponseField("X-Split", "a\r\nX-Evil: b"),
                ResponseField("X-Evil: a\r\nB", "c"), ResponseField("X-Nul", "\0"), ResponseField("", "x"),
                ResponseField("Content-Length", "0"), ResponseField("transfer-ENCODING", "chunked"),
                ResponseField("Connection", "upgrade"), ResponseField("Date", "today"),
                ResponseField("Retry-After", "1"),
            ]
            let type = ContentType.other("text/x\r\nX-Evil: d")
            exchange.respond(
                Response(status: 200, contentType: type, fields: fields, body: ByteBuffer("body"))
            )
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send(get())
            let answer = try await client.readResponse()
            #expect(answer.text == "body")
            let names = answer.head.split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != ":" } }
            #expect(names == ["Content-Length", "X-Good", "Retry-After", "Date"])
        }
    }
}
