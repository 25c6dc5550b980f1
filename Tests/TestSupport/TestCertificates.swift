package import Foundation
import Glibc

/// A throw-away certificate authority and its certificates, made with the `openssl` command in a temporary folder.
///
/// The folder is removed with the last reference. Making it takes about 0.3 s, so most tests use `shared()`.
package final class TestCertificates: Sendable {
    private static let made = Result {
        atexit(removeShared)
        return try TestCertificates()
    }

    /// One authority for the whole test process, removed when the process exits.
    package static func shared() throws -> TestCertificates { try made.get() }

    /// A certificate file and its key file, both PEM.
    package struct Pair: Sendable {
        package let certificateFile: String
        package let keyFile: String
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let folder: URL
    /// The authority's own certificate: what a client must trust.
    package let caFile: String
    /// The certificate of another authority.
    package let otherCAFile: String
    /// For `localhost`, 127.0.0.1 and ::1.
    package let server: Pair
    /// Like `server`, but expired.
    package let expired: Pair
    /// For `elsewhere.example` only.
    package let wrongHost: Pair
    /// Like `server`, but issued by an intermediate authority, whose certificate is in the chain file.
    package let chained: Pair
    /// The server's key, encrypted with a passphrase.
    package let encryptedKeyFile: String

    package init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let maker = Maker(folder: folder)
        caFile = try maker.authority("ca")
        otherCAFile = try maker.authority("other-ca")
        let local = "DNS:localhost,IP:127.0.0.1,IP:::1"
        server = try maker.issue("server", names: local, days: 30)
        expired = try maker.issue("expired", names: local, days: -1)
        wrongHost = try maker.issue("wrong-host", names: "DNS:elsewhere.example", days: 30)
        let intermediate = try maker.issue("intermediate", names: nil, days: 30)
        chained = try maker.issue("chained", names: local, days: 30, by: "intermediate")
        let chain = try String(contentsOfFile: chained.certificateFile, encoding: .utf8)
        let issuer = try String(contentsOfFile: intermediate.certificateFile, encoding: .utf8)
        try (chain + issuer).write(toFile: chained.certificateFile, atomically: true, encoding: .utf8)
        encryptedKeyFile = folder.appending(path: "encrypted.key").path
        try maker.openssl([
            "pkey", "-in", server.keyFile, "-aes256", "-passout", "pass:secret", "-out", encryptedKeyFile,
        ])
    }

    deinit { remove() }

    fileprivate func remove() {
        try? FileManager.default.removeItem(at: folder)  // a left-over temporary folder is harmless
    }

    /// Writes a file into the folder and returns its path.
    package func file(_ name: String, _ text: String) throws -> String {
        let path = folder.appending(path: name).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}

@c private func removeShared() {
    try? TestCertificates.shared().remove()  // if nothing was made, nothing has to be removed
}

private struct Maker {
    let folder: URL

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func authority(_ name: String) throws -> String {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", "/CN=Test \(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem"),
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
        ])
        return path("\(name).pem")
    }

    /// `names` are the certificate's alternative names; nil makes an intermediate authority's certificate.
    func issue(_ name: String, names: String?, days: Int, by issuer: String = "ca") throws
        -> TestCertificates.Pair
    {
        let pair = TestCertificates.Pair(certificateFile: path("\(name).pem"), keyFile: path("\(name).key"))
        let extensions =
            if let names { "basicConstraints=critical,CA:FALSE\nsubjectAltName=\(names)\n" } else {
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
            }
        try extensions.write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=Test \(name)",
            "-keyout", pair.keyFile, "-out", path("\(name).csr"),
        ])
        try openssl([
            "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(issuer).pem"), "-CAkey",
            path("\(issuer).key"),
            "-days", String(days), "-extfile", path("\(name).ext"), "-out", pair.certificateFile,
        ])
        return pair
    }

    func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let log = Pipe()
        process.standardError = log
        process.standardOutput = log
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: log.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestCertificates.Failure(
                description: "openssl \(arguments.joined(separator: " ")): \(text)\n"
                    + "(the tests need the openssl command: apt-get install openssl)"
            )
        }
    }
}
