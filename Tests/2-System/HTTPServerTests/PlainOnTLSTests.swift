import Bytes
import EventLoop
import HTTP
import HTTPServer
import Sockets
import Testing
import TestSupport

/// What a TLS port says to those who don't speak TLS.
@Suite(.timeLimit(.minutes(1)))
struct PlainOnTLSTests {
    private let box: TLSContextBox
    private let client: TLSContext

    init() throws {
        let certificates = try TestCertificates.shared()
        let pair = certificates.server
        box = TLSContextBox(try .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile))
        client = try .client(caFile: certificates.caFile)
    }

    @Test(arguments: ["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "CONNECT"])
    func `plain HTTP is answered with 400, which says that the port speaks HTTPS`(method: String) async throws
    {
        let handled = Events()
        try await withServer(
            tls: box,
            handler: { exchange in
                handled.send(exchange.request.path)
                await name(exchange)
            }
        ) { port, _ in
            let plain = try RawClient(port: port)
            plain.send("\(method) /mcp HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            let answer = try await plain.readResponse()
            #expect(answer.status == 400)
            #expect(answer.text.contains("a port that speaks HTTPS"))
            #expect(await plain.readToEnd() == "")
            let encrypted = try RawClient(port: port, tls: client)
            encrypted.send(get("/encrypted"))
            #expect(try await encrypted.readResponse().status == 200)
            #expect(await handled.next() == "/encrypted")
        }
    }

    /// As a person types it: OpenSSL judges the first five bytes, whenever they are there.
    @Test func `a request that comes in two pieces is answered too`() async throws {
        try await withServer(tls: box, handler: echo) { port, _ in
            let plain = try RawClient(port: port)
            plain.send("PO")
            plain.send("ST /mcp HTTP/1.1\r\n")
            #expect(try await plain.readResponse().status == 400)
        }
    }

    /// Sent by one that then says no more. The first two can become TLS or HTTP yet, and wait for the deadline.
    @Test(arguments: [
        Array("G".utf8), [22, 3], Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
        Array("SSH-2.0-OpenSSH_9.2\r\n".utf8),
        [21, 3, 1, 0, 2, 2, 40], [0x80, 0x2E, 1, 0, 2, 0, 21, 0, 0, 0, 16], Array("GETTING\n".utf8),
        Array("HELLO there\r\n".utf8), [UInt8](repeating: 0, count: 64), Array("\r\n\r\n".utf8),
        Array("OPTIONS /mcp".utf8), Array("OPTIONS /mcp HTTP/1.1".utf8), Array("OPTIONS * HTTP/2.0\r\n".utf8),
    ])
    func `other bytes get an alert at most`(bytes: [UInt8]) async throws {
        try await withServer(configure: { $0.headTimeout = .milliseconds(50) }, tls: box, handler: echo) {
            port,
            server in
            let stranger = try RawClient(port: port)
            stranger.send(bytes)
            let answer = try #require(await stranger.readToEnd())
            #expect(answer.utf8.count <= 12)  // an alert, with what its bytes became as text
            #expect(await server.connectionCount() == 0)
        }
    }

    @Test func `random first bytes reach no handler`() async throws {
        var state: UInt64 = 0x2545_F491_4F6C_DD1D
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let words = [
            "GET ", "OPTIONS ", "/mcp", " HTTP/1.1", "\r\n", "\u{16}\u{3}\u{1}", "Host: x", "PRI * ", " ",
        ]
        let inputs = (0..<200).map { _ in
            (0...next(6)).flatMap { _ in
                next(3) == 0 ? [UInt8(next(256))] : Array(words[next(words.count)].utf8)
            }
        }
        try await withServer(
            configure: { $0.headTimeout = .milliseconds(20) },
            tls: box,
            handler: { exchange in
                Issue.record("handled \(exchange.request.path)")
                await echo(exchange)
            }
        ) { port, _ in
            for bytes in inputs {
                let stranger = try RawClient(port: port)
                stranger.send(bytes)
                stranger.finish()
                let answer = try #require(await stranger.readToEnd())
                #expect(answer.isEmpty || answer.utf8.count <= 12 || answer.hasPrefix("HTTP/1.1 400 "))
            }
        }
    }
}
