/// The texts of secrets, `<word>_<prefix>_<secret>`.
package enum SecretText {
    /// Characters of a–z and 0–9, by which people name a secret.
    package static let prefixCount = 8
    /// 43 characters of 62 are 256 bits.
    package static let secretCount = 43
    /// A secret's characters; a prefix uses only the first 36.
    package static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// Whether a text has the form of a prefix.
    package static func isPrefix(_ text: some StringProtocol) -> Bool {
        text.utf8.count == prefixCount
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    /// The prefix of a presented text, when it has the whole form.
    package static func prefix(ofPresented text: String, word: String) -> String? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        let hasForm =
            parts.count == 3 && parts[0].utf8.elementsEqual(word.utf8) && isPrefix(parts[1])
            && parts[2].utf8.count == secretCount && parts[2].utf8.allSatisfy { alphabet.contains($0) }
        return hasForm ? String(parts[1]) : nil
    }
}
