import Bytes
import EventLoop
import Foundation
import HTTP
import HTTPServer
import Sockets
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(1)))
struct TLSServerTests {
    private let certificates: TestCertificates
    private let box: TLSContextBox
    private let client: TLSContext

    init() throws {
        certificates = try TestCertificates.shared()
        let pair = certificates.server
        box = TLSContextBox(try .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile))
        client = try .client(caFile: certificates.caFile)
    }

    @Test func `curl gets its answer`() async throws {
        let caFile = certificates.caFile
        try await withServer(tls: box, handler: echo) { port, _ in
            let output: String = await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(returning: curl(port: port, caFile: caFile))
                }
            }
            #expect(output == "hello over TLS 200 1.1")
        }
    }

    @Test func `pipelined requests are answered in order, whether their handlers wait or not`() async throws {
        try await withServer(tls: box, handler: name) { port, _ in
            let client = try RawClient(port: port, tls: client)
            let paths = ["/a", "/later/b", "/later/c", "/d"]
            client.send(paths.map { get($0) }.joined())
            for path in paths { #expect(try await client.readResponse().text == "GET \(path)?") }
            client.send(get("/e", fields: "Connection: close\r\n"))
            #expect(try await client.readResponse().text == "GET /e?")
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `a large body travels both ways`() async throws {
        let body = distinctBytes(3_000_000)
        try await withServer(tls: box, handler: echo) { port, _ in
            let client = try RawClient(port: port, tls: client, receiveBufferBytes: 8192)
            let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n"
            for _ in 0..<2 {
                await client.sendAll(Array(head.utf8) + body)
                #expect(try await client.readResponse().body == body)
            }
        }
    }

    @Test func `a handshake that is not made in time ends the connection`() async throws {
        try await withServer(configure: { $0.headTimeout = .milliseconds(30) }, tls: box, handler: echo) {
            port,
            server in
            let silent = try RawClient(port: port)
            #expect(await silent.readToEnd() == "")
            #expect(await server.connectionCount() == 0)
        }
    }

    @Test func `a malformed request is refused over TLS too`() async throws {
        try await withServer(tls: box, handler: echo) { port, _ in
            let client = try RawClient(port: port, tls: client)
            client.send("GET / HTTP/1.1\nHost: x\n\n")
            #expect(try await client.readResponse().status == 400)
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `a client that goes away is noticed while its handler waits`() async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(
            tls: box,
            handler: { exchange in
                exchange.onDisconnect = { events.send("gone") }
                events.send("waiting")
                _ = await gate.next()
                await echo(exchange)
            }
        ) { port, server in
            let client = try RawClient(port: port, tls: client)
            client.send(post("hi"))
            #expect(await events.next() == "waiting")
            client.close()
            #expect(await events.next() == "gone")
            #expect(await server.connectionCount() == 0)
            gate.send("")
        }
    }

    @Test func `a stream is written as its client reads`() async throws {
        try await withServer(
            tls: box,
            handler: { exchange in
                let stream = exchange.startStream(contentType: .eventStream)
                var piece = ByteBuffer()
                piece.append(contentsOf: [UInt8](repeating: 99, count: 64 * 1024))
                for _ in 0..<50 { try? await stream.write(piece) }
                stream.end()
            }
        ) { port, _ in
            let client = try RawClient(port: port, tls: client, receiveBufferBytes: 4096)
            client.send(get() + get())
            for _ in 0..<2 { #expect(try await client.readResponse().body.count == 50 * 64 * 1024) }
        }
    }

    @Test func `a new certificate serves new connections, and old ones go on`() async throws {
        let certificates = certificates
        let other = certificates.wrongHost
        try await withServer(tls: box, handler: name) { port, _ in
            let old = try RawClient(port: port, tls: client)
            old.send(get("/old"))
            #expect(try await old.readResponse().text == "GET /old?")
            try box.reload(certificateFile: other.certificateFile, keyFile: other.keyFile)
            let refusal = #expect(throws: RawClientError.self) { try RawClient(port: port, tls: client) }
            #expect(refusal?.text.contains("elsewhere") == true || refusal?.text.contains("mismatch") == true)
            old.send(get("/still"))
            #expect(try await old.readResponse().text == "GET /still?")
            let pair = certificates.server
            try box.reload(certificateFile: pair.certificateFile, keyFile: pair.keyFile)
            let new = try RawClient(port: port, tls: client)
            new.send(get("/new"))
            #expect(try await new.readResponse().text == "GET /new?")
        }
    }
}

private func curl(port: Int, caFile: String) -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
        "curl", "--silent", "--show-error", "--max-time", "10", "--noproxy", "*", "--cacert", caFile,
        "--data", "hello over TLS", "--write-out", " %{http_code} %{http_version}",
        "https://localhost:\(port)/",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { return "the tests need curl (apt-get install curl): \(error)" }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
}
