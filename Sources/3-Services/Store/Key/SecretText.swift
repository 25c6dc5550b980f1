import Bytes
import Crypto
import Policy

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

/// The texts of secrets, `<word>_<prefix>_<secret>`.
enum SecretText {
    static let prefixCount = 8
    /// 43 characters of 62 are 256 bits.
    static let secretCount = 43
    private static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    static func randomPrefix() -> String { randomText(prefixCount, of: alphabet.prefix(36)) }
    static func randomSecret() -> String { randomText(secretCount, of: alphabet) }

    static func isPrefix(_ text: some StringProtocol) -> Bool {
        text.utf8.count == prefixCount
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    /// The prefix of a presented text, when it has the whole form.
    static func prefix(ofPresented text: String, word: String) -> String? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        let hasForm =
            parts.count == 3 && parts[0].utf8.elementsEqual(word.utf8) && isPrefix(parts[1])
            && parts[2].utf8.count == secretCount && parts[2].utf8.allSatisfy { alphabet.contains($0) }
        return hasForm ? String(parts[1]) : nil
    }

    static func hash(of text: String) -> Digest { SHA256.hash(text) }
}
