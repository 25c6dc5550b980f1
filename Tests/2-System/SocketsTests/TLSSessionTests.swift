import Sockets
import Testing
import TestSupport

private func serverContext(_ pair: TestCertificates.Pair) throws -> TLSContext {
    try .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile)
}

private func conversation(host: String = "localhost") throws -> Conversation {
    let made = try TestCertificates.shared()
    return try Conversation(
        server: serverContext(made.server),
        client: .client(caFile: made.caFile),
        host: host
    )
}

private func readAll(_ session: TLSSession) -> TLSSession.Outcome {
    var buffer = [UInt8](repeating: 0, count: 100)
    return buffer.withUnsafeMutableBytes { session.read(into: $0) }
}

private func write(_ text: String, to session: TLSSession) -> TLSSession.Outcome {
    Array(text.utf8).withUnsafeBytes { session.write($0) }
}

struct TLSSessionTests {
    @Test(arguments: ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "::1", "[::1]"])
    func `shakes hands for every name in the certificate`(host: String) throws {
        let both = try conversation(host: host)
        let outcomes = both.shakeHands()
        #expect(outcomes.client == .done(0))
        #expect(outcomes.server == .done(0))
        #expect(both.client.version == "TLSv1.3")
        #expect(both.client.applicationProtocol == "http/1.1")
        #expect(both.server.applicationProtocol == "http/1.1")
    }

    @Test
    func `carries more than a megabyte both ways, byte for byte`() throws {
        let both = try conversation()
        _ = both.shakeHands()
        let request = (0..<1_300_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let response = Array(request.reversed())
        #expect(both.carry(request, from: both.client, to: both.server) == request)
        #expect(both.carry(response, from: both.server, to: both.client) == response)
        #expect(readAll(both.client) == .wantRead)
    }

    @Test
    func `a write must wait for room when the peer does not read`() throws {
        let both = try conversation()
        _ = both.shakeHands()
        let block = [UInt8](repeating: 7, count: 100_000)
        var outcome = TLSSession.Outcome.done(0)
        var accepted = 0
        for _ in 0..<1000 {
            outcome = block.withUnsafeBytes { both.client.write($0) }
            guard case .done(let count) = outcome else { break }
            accepted += count
        }
        #expect(outcome == .wantWrite)
        #expect(accepted > 0)
    }

    @Test
    func `a chain with an intermediate is sent whole`() throws {
        let made = try TestCertificates.shared()
        let both = try Conversation(server: serverContext(made.chained), client: .client(caFile: made.caFile))
        #expect(both.shakeHands().client == .done(0))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let pair: @Sendable (TestCertificates) -> TestCertificates.Pair
        let ca: @Sendable (TestCertificates) -> String
        let words: String
    }

    @Test(arguments: [
        Refusal(testDescription: "expired", pair: \.expired, ca: \.caFile, words: "expired"),
        Refusal(
            testDescription: "made for another host",
            pair: \.wrongHost,
            ca: \.caFile,
            words: "ostname mismatch"
        ),
        Refusal(testDescription: "issuer unknown", pair: \.server, ca: \.otherCAFile, words: "local issuer"),
    ])
    func `a certificate that does not verify ends the handshake and says why`(_ row: Refusal) throws {
        let made = try TestCertificates.shared()
        let both = try Conversation(
            server: serverContext(row.pair(made)),
            client: .client(caFile: row.ca(made))
        )
        let outcomes = both.shakeHands()
        guard case .failed(let error) = outcomes.client else {
            Issue.record("the client accepted it: \(outcomes.client)")
            return
        }
        #expect(error.kind == .certificateRejected)
        #expect(error.message.contains(row.words), "\(error.message)")
        #expect(error.code != 0)
    }

    @Test
    func `an address that is not in the certificate is refused`() throws {
        let both = try conversation(host: "127.0.0.2")
        guard case .failed(let error) = both.shakeHands().client else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .certificateRejected)
        #expect(error.message.contains("IP address mismatch"), "\(error.message)")
    }

    @Test
    func `a client that trusts the system's store refuses the test authority's certificate`() throws {
        let made = try TestCertificates.shared()
        let both = try Conversation(server: serverContext(made.server), client: .client())
        guard case .failed(let error) = both.shakeHands().client else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .certificateRejected)
    }

    @Test
    func `the server gets an alert when its certificate is refused`() throws {
        let made = try TestCertificates.shared()
        let context = try serverContext(made.server)
        let both = try Conversation(server: context, client: .client(caFile: made.otherCAFile))
        guard case .failed(let error) = both.shakeHands().server else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .alert)
        #expect(error.message.contains("unknown CA"), "\(error.message)")
    }

    @Test
    func `a host that no certificate could name is refused before anything is sent`() throws {
        let sockets = SocketPair()
        for host in ["", "[]", "a\0b", "127.0.0.1\0.example"] {
            #expect(throws: TLSError.self) {
                try TLSSession(context: .client(), fd: sockets.client, role: .client(host: host))
            }
        }
    }
}

struct TLSWireTests {
    /// A ClientHello without extensions that offers at most `version`.
    private func clientHello(version: [UInt8]) -> [UInt8] {
        let body = version + [UInt8](repeating: 0x42, count: 32) + [0, 0, 4, 0xC0, 0x13, 0x00, 0x2F, 1, 0]
        let handshake: [UInt8] = [1, 0, 0, UInt8(body.count)] + body
        return [22, 3, 1, 0, UInt8(handshake.count)] + handshake
    }

    private func server(_ sockets: SocketPair) throws -> TLSSession {
        let made = try TestCertificates.shared()
        return try TLSSession(context: serverContext(made.server), fd: sockets.server, role: .server)
    }

    @Test(arguments: [[3, 1], [3, 2]] as [[UInt8]])
    func `versions before TLS 1_2 are refused with the alert for it`(version: [UInt8]) throws {
        let sockets = SocketPair()
        let session = try server(sockets)
        sockets.sendAsClient(clientHello(version: version))
        guard case .failed(let error) = session.handshake() else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .handshakeOrRecord)
        #expect(error.message.contains("unsupported protocol"), "\(error.message)")
        let alert = sockets.receivedByClient()
        #expect(alert.first == 21)
        #expect(alert.suffix(2) == [2, 70])  // fatal, protocol_version: RFC 8446 §6.2
    }

    @Test
    func `plain HTTP on the TLS port is reported as such`() throws {
        let sockets = SocketPair()
        let session = try server(sockets)
        sockets.sendAsClient(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        guard case .failed(let error) = session.handshake() else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .plainHTTP)
        #expect(error.message.contains("http request"), "\(error.message)")
    }

    @Test
    func `garbage and mutated handshakes end in an error or a wait, never in a session`() throws {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let made = try TestCertificates.shared()
        let context = try serverContext(made.server)
        for _ in 0..<300 {
            var bytes = clientHello(version: [3, 3])
            for _ in 0...next(6) { bytes[next(bytes.count)] = UInt8(next(256)) }
            if next(3) == 0 { bytes = (0...next(200)).map { _ in UInt8(next(256)) } }
            let sockets = SocketPair()
            let session = try TLSSession(context: context, fd: sockets.server, role: .server)
            sockets.sendAsClient(bytes)
            #expect(session.handshake() != .done(0))
            sockets.closeClient()
            #expect(session.handshake() != .done(0))
        }
    }

    @Test
    func `after close_notify the peer reads a clean end and may still write`() throws {
        let both = try conversation()
        _ = both.shakeHands()
        #expect(write("last", to: both.client) == .done(4))
        both.client.shutdown()
        #expect(readAll(both.server) == .done(4))
        #expect(readAll(both.server) == .closed)
        #expect(write("answer", to: both.server) == .done(6))
        #expect(readAll(both.client) == .done(6))
        both.server.shutdown()
        #expect(readAll(both.client) == .closed)
    }

    @Test
    func `an end without close_notify is an error, not a clean end`() throws {
        let both = try conversation()
        _ = both.shakeHands()
        #expect(readAll(both.client) == .wantRead)  // takes the session ticket, or the close would be a reset
        #expect(write("half", to: both.client) == .done(4))
        both.sockets.closeClient()
        #expect(readAll(both.server) == .done(4))
        guard case .failed(let error) = readAll(both.server) else {
            Issue.record("taken for a clean end")
            return
        }
        #expect(error.kind == .closedAbruptly)
        guard case .failed = write("x", to: both.server) else {
            Issue.record("a failed session went on")
            return
        }
    }

    @Test
    func `writing to a peer that is gone fails with that reason`() throws {
        let both = try conversation()
        _ = both.shakeHands()
        both.sockets.closeServer()
        guard case .failed(let error) = write("x", to: both.client) else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .closedAbruptly)
        #expect(error.message.contains("Broken pipe"), "\(error.message)")
    }

    @Test
    func `a failure of one session leaves the others alone`() throws {
        let good = try conversation()
        _ = good.shakeHands()
        let sockets = SocketPair()
        let bad = try server(sockets)
        sockets.sendAsClient([1, 2, 3, 4, 5, 6, 7, 8])
        guard case .failed = bad.handshake() else {
            Issue.record("accepted")
            return
        }
        #expect(readAll(good.server) == .wantRead)
        #expect(write("still here", to: good.client) == .done(10))
        #expect(readAll(good.server) == .done(10))
    }
}
