import Bytes
import Text

// How the text of a function's answer is shown to people and models.

/// The beginning of an answer, for a message: on one line, at most 120 characters, hidden characters shown, long
/// tokens cut out.
func excerpt(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    Excerpt.of(bytes, range)
}

/// Text from a function, for people and agents: hidden characters and carriage returns dropped, without white
/// space at both ends, at most 4,000 characters.
func readable(_ text: String) -> String {
    let start = String(text.unicodeScalars.prefix(16_000))
    let plain = trimmed(HiddenCharacters.removing(from: start).filter { $0 != "\r" })
    let kept = String(plain.unicodeScalars.prefix(4_000))
    return kept.utf8.count < plain.utf8.count ? kept + "…" : kept
}

/// The text without white space at either end.
private func trimmed(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    let end = start.reversed().prefix { $0.isWhitespace }.count
    return String(start.dropLast(end))
}
