import Text

/// Shows texts from outside with the secrets that were sent there removed.
struct HiddenTexts: Sendable {
    private let secrets: [String]

    /// - Parameter secrets: those with fewer than 8 bytes are ignored, because they may be ordinary words.
    init(_ secrets: [String?]) { self.secrets = secrets.compactMap { $0 }.filter { $0.utf8.count >= 8 } }

    /// The text on one line, cut at 400 characters, safe to use in a log and an error.
    func shown(_ text: String) -> String {
        var text = text
        for secret in secrets where text.contains(secret) { text = text.replacing(secret, with: "[…]") }
        let start = String(text.unicodeScalars.prefix(400))
        return HiddenCharacters.shown(start) + (start.utf8.count < text.utf8.count ? "…" : "")
    }
}
