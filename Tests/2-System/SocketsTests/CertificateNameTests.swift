import Sockets
import TestSupport
import Testing

struct CertificateNameTests {
    let made: TestCertificates

    init() throws { made = try TestCertificates.shared() }

    private func shakes(_ pair: TestCertificates.Pair, trusting file: String, host: String) throws -> Bool {
        let both = try Conversation(
            server: .server(certificateFile: pair.certificateFile, keyFile: pair.keyFile),
            client: .client(pinnedFile: file),
            host: host
        )
        return both.shakeHands().client == .done(0)
    }

    @Test func `a certificate's first name is found, and whether it is for an address`() throws {
        #expect(try CertificateName.first(inFile: made.server.certificateFile) == "localhost")
        #expect(try CertificateName.first(inFile: made.wrongHost.certificateFile) == "elsewhere.example")
        // It has no alternative names, and its common name isn't a host's.
        #expect(try CertificateName.first(inFile: made.caFile) == nil)
        #expect(try CertificateName.isFor(address: "127.0.0.1", inFile: made.server.certificateFile))
        #expect(try !CertificateName.isFor(address: "127.0.0.1", inFile: made.wrongHost.certificateFile))
        #expect(throws: TLSError.self) { _ = try CertificateName.first(inFile: "/nowhere.pem") }
    }

    @Test
    func `a server's own certificate can be trusted for its name only, and then no other certificate is`()
        throws
    {
        let (server, other) = (made.server, made.wrongHost)
        #expect(try shakes(server, trusting: server.certificateFile, host: "localhost"))
        #expect(try !shakes(server, trusting: server.certificateFile, host: "elsewhere.example"))
        #expect(try shakes(other, trusting: other.certificateFile, host: "elsewhere.example"))
        #expect(try !shakes(server, trusting: other.certificateFile, host: "localhost"))
        // The same authority issued both; only what is in the file counts.
        #expect(try shakes(server, trusting: made.caFile, host: "localhost"))
        #expect(try !shakes(server, trusting: made.otherCAFile, host: "localhost"))
        #expect(try !shakes(made.expired, trusting: made.expired.certificateFile, host: "localhost"))
    }
}
