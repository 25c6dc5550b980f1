import Text

/// Texts from outside, without the secrets that were sent there.
struct HiddenTexts: Sendable {
    private let secrets: [String]

    /// - Parameter secrets: short ones are left out, as they may be any word.
    init(_ secrets: [String?]) { self.secrets = secrets.compactMap { $0 }.filter { $0.utf8.count >= 8 } }

    /// The text on one line, at most 400 characters of it, fit for a log and an error.
    func shown(_ text: String) -> String {
        var text = text
        for secret in secrets where text.contains(secret) { text = text.replacing(secret, with: "[…]") }
        let start = String(text.unicodeScalars.prefix(400))
        return HiddenCharacters.shown(start) + (start.utf8.count < text.utf8.count ? "…" : "")
    }
}
