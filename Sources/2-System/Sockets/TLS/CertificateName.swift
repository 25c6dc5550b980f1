import COpenSSL

/// The names that a server's certificate was made for.
package enum CertificateName {
    /// A name by which a client can verify the first certificate of a PEM file: its first DNS name, or its common name.
    ///
    /// For `*.example.com` it's one name that the pattern covers. nil when the certificate was made for addresses
    /// alone.
    /// - Throws: `.file` when there is no certificate in it.
    package static func first(inFile path: String) throws(TLSError) -> String? {
        let chain = try PEMFile(path, purpose: "certificate file").certificates()
        defer { for certificate in chain { X509_free(certificate) } }
        guard let leaf = chain.first else { return nil }
        var text = [UInt8](repeating: 0, count: 254)
        let count = Int(shim_X509_first_name(leaf, &text, CInt(text.count)))
        let name = text[..<count]
        let isHost = name.allSatisfy { $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || "*.-_".utf8.contains($0) }
        guard !name.isEmpty, isHost else { return nil }
        let host = String(decoding: name, as: UTF8.self).lowercased()
        return host.hasPrefix("*.") ? "gateway" + host.dropFirst() : host
    }

    /// Whether that certificate was made for an address, such as `127.0.0.1`.
    package static func isFor(address: String, inFile path: String) throws(TLSError) -> Bool {
        let chain = try PEMFile(path, purpose: "certificate file").certificates()
        defer { for certificate in chain { X509_free(certificate) } }
        guard let leaf = chain.first else { return false }
        return X509_check_ip_asc(leaf, address, 0) == 1
    }
}
