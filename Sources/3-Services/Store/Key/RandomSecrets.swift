package import Bytes
import Crypto
package import Model

/// Unpredictable characters, each equally likely: a byte beyond the alphabet's last whole multiple is thrown away.
func randomText(_ count: Int, of alphabet: some RandomAccessCollection<UInt8>) -> String {
    let alphabet = Array(alphabet)
    let usable = 256 / alphabet.count * alphabet.count
    var characters: [UInt8] = []
    while characters.count < count {
        for byte in randomBytes(count) where Int(byte) < usable && characters.count < count {
            characters.append(alphabet[Int(byte) % alphabet.count])
        }
    }
    return String(decoding: characters, as: UTF8.self)
}

extension SecretText {
    static func randomPrefix() -> String { randomText(prefixCount, of: alphabet.prefix(36)) }
    static func randomSecret() -> String { randomText(secretCount, of: alphabet) }
}

extension KeyText {
    static func random() -> KeyText {
        let prefix = SecretText.randomPrefix()
        return KeyText(prefix: prefix, text: "mgw_\(prefix)_\(SecretText.randomSecret())")
    }

    /// The hash that is stored, and by which a presented key is looked up.
    package var hash: Digest { SHA256.hash(text) }
}

extension AdminTokenText {
    static func random() -> AdminTokenText {
        let prefix = SecretText.randomPrefix()
        return AdminTokenText(prefix: prefix, text: "mgwa_\(prefix)_\(SecretText.randomSecret())")
    }

    /// The hash that is stored in place of the token.
    package var hash: Digest { Self.hash(of: text) }

    /// The hash by which a presented token is looked up. Any text has one, so that no form is refused faster than
    /// another.
    package static func hash(of presented: String) -> Digest { SHA256.hash(presented) }
}
