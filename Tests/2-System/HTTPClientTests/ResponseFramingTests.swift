import Bytes
import EventLoop
import HTTPClient
import Testing

/// How responses are told apart on the wire, played by a script.
struct ResponseFramingTests {
    struct Row: Sendable, CustomStringConvertible {
        let what: String
        let wire: String
        var method = "GET"
        var closes = false
        var body = "hello"
        var status = 200
        var isReused = true
        var description: String { what }
    }

    static let rows = [
        Row(what: "length", wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        Row(
            what: "chunked",
            wire:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n"
        ),
        Row(what: "close-delimited", wire: "HTTP/1.1 200 OK\r\n\r\nhello", closes: true, isReused: false),
        Row(what: "204", wire: "HTTP/1.1 204 No Content\r\n\r\n", body: "", status: 204),
        Row(
            what: "304 with a length",
            wire: "HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n",
            body: "",
            status: 304
        ),
        Row(what: "HEAD", wire: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", method: "HEAD", body: ""),
        Row(what: "length 0", wire: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body: ""),
        Row(
            what: "several 1xx",
            wire:
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 X\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        ),
        Row(
            what: "Connection: close",
            wire: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
            isReused: false
        ),
        Row(what: "HTTP/1.0", wire: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", isReused: false),
        Row(
            what: "bytes after the end",
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n",
            isReused: false
        ),
        Row(
            what: "bytes after the last chunk",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nX",
            isReused: false
        ),
        Row(
            what: "a body after 204",
            wire: "HTTP/1.1 204 No Content\r\n\r\nX",
            body: "",
            status: 204,
            isReused: false
        ),
    ]

    @Test(arguments: rows)
    func `reads each form, and keeps the connection only in step`(_ row: Row) async throws {
        try await withScript { connection in
            guard connection.request() != nil else { return }
            connection.send(row.wire)
            if row.closes { return }
            answerAll(connection)
        } _: { stage in
            let response = try await stage.client.send(stage.request(method: row.method))
            #expect(response.status == row.status)
            #expect(response.text == row.body)
            #expect(stage.client.connectionCount == (row.isReused ? 1 : 0))
            if row.isReused { #expect(await stage.get() == .success("0")) }
        }
    }

    @Test(arguments: rows)
    func `streams each form`(_ row: Row) async throws {
        try await withScript { connection in
            guard connection.request() != nil else { return }
            connection.send(row.wire)
            if row.closes { return }
            answerAll(connection)
        } _: { stage in
            let body = try await stage.client.stream(stage.request(method: row.method))
            var text = ""
            while let piece = try await body.next() { text += piece.text }
            #expect(body.status == row.status)
            #expect(text == row.body)
            let afterEnd = try await body.next()
            #expect(afterEnd == nil)
            #expect(stage.client.connectionCount == (row.isReused ? 1 : 0))
            if row.isReused { #expect(await stage.get() == .success("0")) }
        }
    }

    /// One byte per TCP segment at most; the split falls everywhere over the rows.
    @Test(arguments: rows)
    func `does not care where the bytes are split`(_ row: Row) async throws {
        try await withScript { connection in
            let bytes = Array(row.wire.utf8)
            guard connection.request() != nil else { return }
            for byte in bytes { connection.send([byte]) }
            if row.closes { return }
            _ = connection.clientCloses()
        } _: { stage in
            let response = try await stage.client.send(stage.request(method: row.method))
            #expect(response.status == row.status)
            #expect(response.text == row.body)
        }
    }

    /// The end of the connection comes in the same event as the last bytes.
    @Test(arguments: [false, true])
    func `an end that comes with the last bytes is noticed`(_ isStreamed: Bool) async throws {
        let mayGo = Signal()
        try await withScript { connection in
            connection.request()
            mayGo.wait()
            connection.send("HTTP/1.1 200 OK\r\n\r\nhello")
            connection.close()
        } _: { stage in
            let outcome = Task.immediate(executorPreference: stage.loop) {
                guard isStreamed else {
                    return try await stage.client.send(stage.request(timeout: .seconds(2))).text
                }
                let body = try await stage.client.stream(stage.request(timeout: .seconds(2)))
                var text = ""
                while let piece = try await body.next() { text += piece.text }
                return text
            }
            #expect(await stage.until { stage.server.requests.count == 1 })
            mayGo.raise()
            block(milliseconds: 20)  // both are in the kernel before the loop looks
            let text = try await outcome.value
            #expect(text == "hello")
        }
    }

    @Test func `a body that ends short is an error at once`() async throws {
        let mayGo = Signal()
        try await withScript { connection in
            connection.request()
            mayGo.wait()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
            connection.close()
        } _: { stage in
            let outcome = stage.getting(timeout: .seconds(2))
            #expect(await stage.until { stage.server.requests.count == 1 })
            mayGo.raise()
            block(milliseconds: 20)
            #expect(await outcome.value == .failure(.closedEarly(nothingProcessed: false)))
        }
    }

    @Test func `a connection whose end came with the response is not kept`() async throws {
        let mayGo = Signal()
        try await withScript { connection in
            connection.request()
            if connection.index == 0 { mayGo.wait() }
            connection.send(answer("\(connection.index)"))
            connection.finish()
            _ = connection.clientCloses()
        } _: { stage in
            let first = stage.getting(timeout: .seconds(2))
            #expect(await stage.until { stage.server.requests.count == 1 })
            mayGo.raise()
            block(milliseconds: 20)
            #expect(await first.value == .success("0"))
            #expect(stage.client.connectionCount == 0)
            #expect(await stage.get() == .success("1"))
        }
    }

    struct Bad: Sendable, CustomStringConvertible {
        let wire: String
        let error: HTTPClientError
        var description: String { wire.debugDescription }
    }

    @Test(arguments: [
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.2 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 200 OK\n\n" + "            ", "ICY 200 OK\r\n\r\n", "hello, this is no HTTP",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\u{0}\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
    ])
    func `malformed responses are refused and their connection closed`(_ wire: String) async throws {
        try await withScript { connection in
            connection.request()
            connection.send(wire)
            #expect(connection.clientCloses())
        } _: { stage in
            guard case .failure(.malformed) = await stage.get() else {
                Issue.record("not refused: \(wire.debugDescription)")
                return
            }
            #expect(stage.client.connectionCount == 0)
        }
    }

    @Test(
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n64\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 101),
        ],
        [false, true]
    )
    func `a body over its bound is refused`(_ wire: String, isStreamed: Bool) async throws {
        try await withScript { connection in
            connection.request()
            connection.send(wire)
            #expect(connection.clientCloses())
        } _: { stage in
            await #expect(throws: HTTPClientError.tooLarge(bytesMax: 100)) {
                guard isStreamed else {
                    _ = try await stage.client.send(stage.request(bytesMax: 100))
                    return
                }
                let body = try await stage.client.stream(stage.request(bytesMax: 100))
                while try await body.next() != nil {}
            }
            #expect(stage.client.connectionCount == 0)
        }
    }

    @Test(arguments: ["length", "chunked", "close"])
    func `a body as large as its bound is taken`(_ form: String) async throws {
        let text = String(repeating: "y", count: 100_000)
        try await withScript { connection in
            connection.request()
            switch form {
            case "length": connection.send(answer(text))
            case "chunked":
                connection.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n\(text)\r\n0\r\n\r\n"
                )
            default: connection.send("HTTP/1.1 200 OK\r\n\r\n\(text)")
            }
        } _: { stage in
            let response = try await stage.client.send(stage.request(bytesMax: 100_000))
            #expect(response.text == text)
        }
    }

    @Test(arguments: ["X-A: \(String(repeating: "a", count: 5000))\r\n", "A: b\r\n"])
    func `a head over its bound is refused`(_ line: String) async throws {
        try await withScript(configure: { $0.responseHeadBytesMax = 4096 }) { connection in
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 2000))
            #expect(connection.clientCloses())
        } _: { stage in
            #expect(await stage.get() == .failure(.malformed(reason: "its head is too large")))
        }
    }

    @Test func `interim responses without end are refused`() async throws {
        try await withScript { connection in
            connection.request()
            let many = Array(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 100).utf8)
            for _ in 0..<1000 { guard connection.send(many) else { break } }
            _ = connection.clientCloses()
        } _: { stage in
            guard case .failure(.malformed) = await stage.get(timeout: .seconds(5)) else {
                Issue.record("not refused")
                return
            }
        }
    }

    @Test func `one response's bytes never show in the next`() async throws {
        try await withScript { connection in
            for text in [String(repeating: "SECRET", count: 1000), "ok", ""] {
                connection.request()
                connection.send(answer(text))
            }
            _ = connection.request()
        } _: { stage in
            for expected in [6000, 2, 0] {
                let response = try await stage.client.send(stage.request())
                #expect(response.body.count == expected)
                if expected < 100 { #expect(!response.text.contains("SECRET")) }
                #expect(response.header("content-length") == "\(expected)")
                stage.client.recycle(response.bytes)
            }
        }
    }

    /// The response fills the client's buffer to the last byte, and more follows.
    @Test func `bytes behind a full buffer are not taken for the next response`() async throws {
        try await withScript { connection in
            connection.request()
            if connection.index == 0 {
                let head = "HTTP/1.1 200 OK\r\nContent-Length: 8000\r\nX: "
                let padding = 8192 - 8000 - head.utf8.count - 4
                let whole =
                    head + String(repeating: "p", count: padding) + "\r\n\r\n"
                    + String(repeating: "b", count: 8000)
                connection.send(whole + answer("poison"))
            } else {
                connection.send(answer("good"))
            }
            _ = connection.clientCloses()
        } _: { stage in
            guard case .success(let text) = await stage.get() else {
                Issue.record("no first response")
                return
            }
            #expect(text.utf8.count == 8000)
            #expect(await stage.get() == .success("good"))
        }
    }
}

/// Keeps the loop from looking at its descriptors for a moment, so that the kernel has several things to tell at once.
func block(milliseconds: UInt64) {
    let end = EventLoop.currentNs + milliseconds * 1_000_000
    while EventLoop.currentNs < end {}
}
