import Foundation
import Sockets
import Testing
import TestSupport

struct TLSContextTests {
    let made: TestCertificates

    init() throws { made = try TestCertificates.shared() }

    private func failure(certificate: String? = nil, key: String? = nil) -> TLSError? {
        do throws(TLSError) {
            _ = try TLSContext.server(
                certificateFile: certificate ?? made.server.certificateFile,
                keyFile: key ?? made.server.keyFile
            )
            return nil
        } catch {
            return error
        }
    }

    @Test
    func `the context knows until when its certificate is valid`() throws {
        let context = try TLSContext.server(
            certificateFile: made.server.certificateFile,
            keyFile: made.server.keyFile
        )
        let expiresAt = try #require(context.certificateExpiresAt)
        let days = (Double(expiresAt) - Date().timeIntervalSince1970) / 86400
        #expect((29.9...30.1).contains(days))
    }

    @Test
    func `each unusable file is named with the reason`() throws {
        let missing = made.folder.appending(path: "missing.pem").path
        let text = try made.file("text.pem", "not a certificate\n")
        let empty = try made.file("empty.pem", "")
        let damaged = try made.file(
            "damaged.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        )
        let rows: [(error: TLSError?, path: String, words: String)] = [
            (failure(certificate: missing), missing, "certificate file \(missing) does not exist"),
            (failure(key: missing), missing, "key file \(missing) does not exist"),
            (failure(certificate: made.folder.path), made.folder.path, "is a folder"),
            (failure(certificate: text), text, "holds no certificate in PEM"),
            (failure(certificate: empty), empty, "is empty"),
            (failure(certificate: damaged), damaged, "certificate number 1 is damaged"),
            (failure(certificate: made.server.keyFile), made.server.keyFile, "holds no certificate in PEM"),
            (failure(key: text), text, "holds no private key in PEM"),
            (failure(key: made.server.certificateFile), made.server.certificateFile, "holds no private key"),
            (
                failure(key: made.expired.keyFile), made.expired.keyFile,
                "does not belong to the first certificate"
            ),
            (failure(key: made.encryptedKeyFile), made.encryptedKeyFile, "is encrypted"),
        ]
        for row in rows {
            let error = try #require(row.error, "accepted: \(row.words)")
            #expect(error.kind == .file(path: row.path))
            #expect(error.message.contains(row.words), "\(error.message)")
        }
    }

    @Test
    func `an unusable CA file is named with the reason`() throws {
        let error = #expect(throws: TLSError.self) { try TLSContext.client(caFile: made.server.keyFile) }
        #expect(error?.message.contains("CA file \(made.server.keyFile) holds no certificate") == true)
    }

    @Test
    func `a reload swaps the certificate for new sessions, and a bad one changes nothing`() throws {
        let box = TLSContextBox(
            try .server(certificateFile: made.expired.certificateFile, keyFile: made.expired.keyFile)
        )
        let before = try Conversation(server: box.current, client: .client(caFile: made.caFile))
        guard case .failed = before.shakeHands().client else {
            Issue.record("the expired certificate was accepted")
            return
        }
        #expect(throws: TLSError.self) {
            try box.reload(certificateFile: made.server.certificateFile, keyFile: made.expired.keyFile)
        }
        let unchanged = box.current
        try box.reload(certificateFile: made.server.certificateFile, keyFile: made.server.keyFile)
        #expect(box.current !== unchanged)
        let after = try Conversation(server: box.current, client: .client(caFile: made.caFile))
        #expect(after.shakeHands().client == .done(0))
    }
}
