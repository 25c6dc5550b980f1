package import Bytes
import Crypto
import JSON

/// The issuer whose receipts are trusted: a public key, or its fingerprint.
package enum ReceiptPin: Sendable, Equatable {
    case publicKey([UInt8])
    /// SHA-256 of the public key.
    case fingerprint(Digest)

    /// Reads anything that `calls receipt-key` prints: the key in Base64 or as PEM, its fingerprint, or the whole JSON;
    /// nil for any other text.
    package init?(_ text: String) {
        let text = text.trimmed
        if let key = Base64.url.decode(text), key.count == Ed25519.keyBytes {
            self = .publicKey(key)
        } else if let digest = Digest(hex: text) {
            self = .fingerprint(digest)
        } else if let key = Self.key(pem: text) {
            self = .publicKey(key)
        } else if let json = try? JSONValue(parsing: text), let member = json["publicKey"]?.stringValue,
            let key = Base64.url.decode(member), key.count == Ed25519.keyBytes
        {
            self = .publicKey(key)
        } else {
            return nil
        }
    }

    /// Whether the receipts of this public key's holder are trusted.
    package func isPin(of key: [UInt8]) -> Bool {
        switch self {
        case .publicKey(let pinned): pinned == key
        case .fingerprint(let pinned): pinned == SHA256.hash(key)
        }
    }

    /// A public key in the form that other programs take, such as `openssl pkeyutl -verify`. Source: RFC 8410 §10.1
    package static func pem(_ key: [UInt8]) -> String {
        "\(pemHead)\n\(Base64.standard.encode(derHead + key))\n\(pemFoot)\n"
    }

    private static func key(pem text: String) -> [UInt8]? {
        guard text.hasPrefix(pemHead), text.hasSuffix(pemFoot) else { return nil }
        let body = text.dropFirst(pemHead.count).dropLast(pemFoot.count).filter { !$0.isWhitespace }
        guard let der = Base64.standard.decode(body), der.starts(with: derHead),
            der.count == derHead.count + Ed25519.keyBytes
        else { return nil }
        return Array(der.dropFirst(derHead.count))
    }

    private static let pemHead = "-----BEGIN PUBLIC KEY-----"
    private static let pemFoot = "-----END PUBLIC KEY-----"
    /// SubjectPublicKeyInfo of an Ed25519 key, up to the key itself. Source: RFC 8410 §4
    private static let derHead: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest.drop { $0.isWhitespace })
    }
}
