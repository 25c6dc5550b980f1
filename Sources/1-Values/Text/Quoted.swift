/// A text from outside, fit for a message, a log or a terminal: in quotes, its hidden characters shown, cut after
/// `scalarsMax` code points.
package func quoted(_ text: String, scalarsMax: Int = 80) -> String {
    let start = String(text.unicodeScalars.prefix(scalarsMax))
    return "\"\(HiddenCharacters.shown(start))\(start.utf8.count < text.utf8.count ? "…" : "")\""
}
