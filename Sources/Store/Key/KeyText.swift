import Crypto
package import Policy

/// A bearer key, `mgw_<prefix>_<secret>`: shown once, when it's issued, and never stored.
///
/// It prints as `mgw_<prefix>_…`, so that it can't slip into a log; only `text` gives it away.
package struct KeyText: Sendable, CustomStringConvertible, CustomReflectable {
    /// 8 characters of a–z and 0–9, by which people name the key.
    package let prefix: String
    /// The whole key, for the one who asked for it.
    package let text: String

    static let prefixCount = 8
    /// 43 characters of 62 are 256 bits.
    private static let secretCount = 43

    static func random() -> KeyText {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        let prefix = characters(prefixCount, of: alphabet.prefix(36))
        return KeyText(prefix: prefix, text: "mgw_\(prefix)_\(characters(secretCount, of: alphabet[...]))")
    }

    /// What is stored, and what a presented key is looked up by.
    package var hash: Digest { Self.hash(of: text) }

    /// The hash of a presented key.
    static func hash(of text: String) -> Digest {
        guard let digest = Digest(SHA256.hash(text).bytes.span) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return digest
    }

    package var description: String { "mgw_\(prefix)_…" }
    package var customMirror: Mirror { Mirror(self, children: ["prefix": prefix]) }

    /// Uniform over the alphabet: a byte beyond its last whole multiple is thrown away.
    private static func characters(_ count: Int, of alphabet: ArraySlice<UInt8>) -> String {
        let usable = 256 / alphabet.count * alphabet.count
        var characters: [UInt8] = []
        while characters.count < count {
            for byte in randomBytes(count) where Int(byte) < usable && characters.count < count {
                characters.append(alphabet[alphabet.startIndex + Int(byte) % alphabet.count])
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
