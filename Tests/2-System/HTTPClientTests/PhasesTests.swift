import Bytes
import CLinux
import EventLoop
import HTTP
import HTTPClient
import HTTPServer
import Sockets
import Testing
import TestSupport

/// Deadlines, cancellation and failures in each phase of a call.
struct PhasesTests {
    // MARK: Connecting

    @Test func `a name that does not exist is told`() async throws {
        let resolver = Resolver(lookup: { .failure(ResolveError($0, .notFound)) })
        try await withScript(host: "nowhere.example", resolver: resolver, script: answerAll) { stage in
            guard case .failure(.resolve("nowhere.example", let reason)) = await stage.get() else {
                Issue.record("resolved")
                return
            }
            #expect(reason.contains("no such host"))
            #expect(stage.client.connectionCount == 0)
        }
    }

    @Test func `a look-up that hangs ends at the deadline, or on cancellation`() async throws {
        let mayAnswer = Signal()
        let resolver = Resolver(lookup: {
            mayAnswer.wait()
            return .failure(ResolveError($0, .notFound))
        })
        try await withScript(host: "slow.example", resolver: resolver, script: answerAll) { stage in
            #expect(await stage.get(timeout: .milliseconds(40)) == .failure(.timedOut(.connecting)))
            let cancellation = Cancellation()
            var request = try stage.request()
            request.cancellation = cancellation
            let asked = LoopBound(request, on: stage.loop)
            let call = Task.immediate(executorPreference: stage.loop) {
                do { _ = try await stage.client.send(asked.value) } catch { return error as? HTTPClientError }
                return nil
            }
            cancellation.cancel()
            #expect(await call.value == .cancelled)
            #expect(stage.client.connectionCount == 0)
            #expect(resolver.waitingCount == 0)
            mayAnswer.raise()
        }
    }

    @Test func `the second address is used when the first refuses`() async throws {
        let resolver = Resolver(lookup: { _ in
            .success(["127.9.9.9", "127.0.0.1"].compactMap { SocketAddress(literal: $0, port: 0) })
        })
        try await withScript(host: "two.example", resolver: resolver, script: answerAll) { stage in
            #expect(await stage.get() == .success("0"))
            #expect(stage.client.connectionCount == 1)
        }
    }

    @Test func `connecting ends at its own timeout, at the deadline, or on cancellation`() async throws {
        try await withLoop { loop in
            let full = FullListener()
            let endpoint = Endpoint(scheme: .http, host: "127.0.0.1", port: full.port)
            var configuration = HTTPClient.Configuration()
            configuration.connectTimeout = .milliseconds(40)
            let client = HTTPClient(loop: loop, resolver: Resolver(), tls: nil, configuration: configuration)
            defer { client.close() }
            for timeout in [Duration.seconds(10), .milliseconds(20)] {
                await #expect(throws: HTTPClientError.timedOut(.connecting)) {
                    _ = try await client.send(
                        try OutboundRequest(method: "GET", endpoint: endpoint, path: "/", timeout: timeout)
                    )
                }
            }
            let cancellation = Cancellation()
            var request = try OutboundRequest(method: "GET", endpoint: endpoint, path: "/")
            request.cancellation = cancellation
            let asked = LoopBound(request, on: loop)
            let sender = LoopBound(client, on: loop)
            let call = Task.immediate(executorPreference: loop) {
                try await sender.value.send(asked.value).status
            }
            cancellation.cancel()
            await #expect(throws: HTTPClientError.cancelled) { _ = try await call.value }
            #expect(client.connectionCount == 0)
        }
    }

    @Test func `a handshake that hangs is a timeout`() async throws {
        let contexts = try TLSContextPair()
        let server = ScriptedServer { connection in
            while connection.more() {}
        }
        try await withLoop { loop in
            let client = HTTPClient(loop: loop, resolver: Resolver(), tls: contexts.client)
            defer { client.close() }
            let endpoint = Endpoint(scheme: .https, host: "localhost", port: server.port)
            await #expect(throws: HTTPClientError.timedOut(.connecting)) {
                _ = try await client.send(
                    try OutboundRequest(
                        method: "GET",
                        endpoint: endpoint,
                        path: "/",
                        timeout: .milliseconds(50)
                    )
                )
            }
        }
        await server.stop()
    }

    // MARK: TLS

    struct TLSRow: Sendable, CustomStringConvertible {
        let description: String
        let certificate: @Sendable (TestCertificates) -> TestCertificates.Pair
        var trustsOther = false
        let words: String
    }

    @Test(arguments: [
        TLSRow(description: "wrong host", certificate: { $0.wrongHost }, words: "mismatch"),
        TLSRow(description: "expired", certificate: { $0.expired }, words: "expired"),
        TLSRow(description: "unknown CA", certificate: { $0.server }, trustsOther: true, words: "issuer"),
    ])
    func `a certificate that does not fit is refused in words`(_ row: TLSRow) async throws {
        let certificates = try TestCertificates.shared()
        let pair = row.certificate(certificates)
        let server = try TLSContext.server(certificateFile: pair.certificateFile, keyFile: pair.keyFile)
        let client = try TLSContext.client(
            caFile: row.trustsOther ? certificates.otherCAFile : certificates.caFile
        )
        try await withScript(serverTLS: server, clientTLS: client, host: "localhost", script: answerAll) {
            stage in
            guard case .failure(.tls(_, let reason)) = await stage.get() else {
                Issue.record("accepted")
                return
            }
            #expect(reason.contains(row.words))
            #expect(stage.client.connectionCount == 0)
            #expect(stage.server.requests.isEmpty)
        }
    }

    @Test func `https without a TLS context is refused`() async throws {
        try await withScript(serverTLS: TLSContextPair().server, host: "localhost", script: answerAll) {
            stage in
            guard case .failure(.tls) = await stage.get() else {
                Issue.record("accepted")
                return
            }
        }
    }

    @Test func `a session that cannot start leaves the descriptor to the caller`() throws {
        let context = try TLSContext.client()
        #expect(throws: TLSError.self) {
            _ = try StreamSocket(fd: -1, context: context, role: .client(host: ""))
        }
    }

    // MARK: Responding

    @Test func `a body that dribbles does not outlive the deadline`() async throws {
        try await withScript { connection in
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while connection.send([120]) { block(milliseconds: 2) }
        } _: { stage in
            let start = EventLoop.currentNs
            #expect(await stage.get(timeout: .milliseconds(100)) == .failure(.timedOut(.responding)))
            #expect(EventLoop.currentNs - start < 5_000_000_000)
            #expect(stage.client.connectionCount == 0)
        }
    }

    @Test func `cancelling a call closes its connection`() async throws {
        let seen = Signal()
        try await withScript { connection in
            connection.request()
            if connection.clientCloses() { seen.raise() }
        } _: { stage in
            let cancellation = Cancellation()
            var request = try stage.request()
            request.cancellation = cancellation
            let asked = LoopBound(request, on: stage.loop)
            let call = Task.immediate(executorPreference: stage.loop) {
                try await stage.client.send(asked.value).status
            }
            #expect(await stage.until { !stage.server.requests.isEmpty })
            cancellation.cancel()
            await #expect(throws: HTTPClientError.cancelled) { _ = try await call.value }
            await seen.raised()
            #expect(stage.client.connectionCount == 0)
            await #expect(throws: HTTPClientError.cancelled) { _ = try await stage.client.send(request) }
        }
    }

    @Test func `closing the client ends what is in flight, waits or streams`() async throws {
        try await withScript(configure: { $0.connectionsMax = 2 }) { connection in
            let head = connection.request() ?? ""
            if head.contains("/stream") { connection.send("HTTP/1.1 200 OK\r\n\r\nx") }
            _ = connection.clientCloses()
        } _: { stage in
            let body = try await stage.client.stream(stage.request("/stream"))
            let answer = try await body.next()?.text
            #expect(answer == "x")
            let reading = Task.immediate(executorPreference: stage.loop) { _ = try await body.next() }
            let calls = [stage.getting(), stage.getting()]
            #expect(await stage.until { stage.server.requests.count == 2 })
            stage.client.close()
            for call in calls { #expect(await call.value == .failure(.cancelled)) }
            await #expect(throws: HTTPClientError.cancelled) { try await reading.value }
            #expect(await stage.get() == .failure(.cancelled))
        }
    }

    // MARK: Queueing

    @Test func `calls wait in order for the only connection`() async throws {
        try await withScript(configure: { $0.connectionsMax = 1 }, script: answerAll) { stage in
            let calls = (0..<20).map { stage.getting("/\($0)") }
            for call in calls { #expect(await call.value == .success("0")) }
            #expect(stage.server.requests == (0..<20).map { "0: GET /\($0)" })
        }
    }

    @Test func `too many waiting calls are refused, late ones time out, cancelled ones go`() async throws {
        let mayAnswer = Signal()
        try await withScript(configure: {
            $0.connectionsMax = 1
            $0.waitingMax = 3
        }) { connection in
            connection.request()
            mayAnswer.wait()
            connection.send(answer("first"))
            answerAll(connection)
        } _: { stage in
            let first = stage.getting("/first")
            let late = stage.getting("/late", timeout: .milliseconds(30))
            let cancellation = Cancellation()
            var request = try stage.request("/cancelled")
            request.cancellation = cancellation
            let asked = LoopBound(request, on: stage.loop)
            let cancelled = Task.immediate(executorPreference: stage.loop) {
                try await stage.client.send(asked.value).status
            }
            let last = stage.getting("/last")
            #expect(await stage.get("/more") == .failure(.overloaded))
            #expect(await late.value == .failure(.timedOut(.queueing)))
            cancellation.cancel()
            await #expect(throws: HTTPClientError.cancelled) { _ = try await cancelled.value }
            mayAnswer.raise()
            #expect(await first.value == .success("first"))
            #expect(await last.value == .success("0"))
            #expect(stage.server.requests == ["0: GET /first", "0: GET /last"])
        }
    }

    /// The first connection fails, and every one after it at once, as there is no TLS context.
    @Test func `thousands of waiting calls that fail at once do not exhaust the stack`() async throws {
        let mayFail = Signal()
        let resolver = Resolver(lookup: { _ in
            mayFail.wait()
            return .success([SocketAddress(literal: "127.0.0.1", port: 0)].compactMap { $0 })
        })
        try await withLoop { loop in
            var configuration = HTTPClient.Configuration()
            configuration.connectionsMax = 1
            configuration.waitingMax = 20_000
            let client = HTTPClient(loop: loop, resolver: resolver, tls: nil, configuration: configuration)
            defer { client.close() }
            let endpoint = Endpoint(scheme: .https, host: "fails.example", port: 1)
            let sender = LoopBound(client, on: loop)
            let calls = (0..<20_000).map { _ in
                Task.immediate(executorPreference: loop) {
                    do {
                        _ = try await sender.value.send(
                            try OutboundRequest(method: "GET", endpoint: endpoint, path: "/")
                        )
                        return false
                    } catch { return true }
                }
            }
            mayFail.raise()
            for call in calls { #expect(await call.value) }
            #expect(client.connectionCount == 0)
        }
    }

    @Test func `two thousand calls at once all get their answers`() async throws {
        try await withServer(handler: { $0.respond(.text(200, $0.request.path)) }) { port, _ in
            try await withLoop { loop in
                let client = HTTPClient(loop: loop, resolver: Resolver(), tls: nil)
                defer { client.close() }
                let endpoint = Endpoint(scheme: .http, host: "127.0.0.1", port: port)
                let sender = LoopBound(client, on: loop)
                let calls = (0..<2000).map { number in
                    Task.immediate(executorPreference: loop) {
                        let request = try OutboundRequest(
                            method: "GET",
                            endpoint: endpoint,
                            path: "/\(number)"
                        )
                        return try await sender.value.send(request).text
                    }
                }
                for (number, call) in calls.enumerated() {
                    let text = try await call.value
                    #expect(text == "/\(number)")
                }
            }
        }
    }
}
