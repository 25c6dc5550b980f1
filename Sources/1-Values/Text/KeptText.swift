/// Text from outside that is kept for a while and shown to people later: names of clients, names of tools that don't
/// exist, versions.
package enum KeptText {
    /// The beginning of `text` on one line, without hidden characters and spaces at its ends: at most `bytesMax` bytes of UTF-8,
    /// cut between two code points. Reads at most `4 * bytesMax` code points.
    package static func of(_ text: String, bytesMax: Int) -> String {
        let start = String(text.unicodeScalars.prefix(4 * bytesMax))
        var line = ""
        for scalar in HiddenCharacters.removing(from: start).unicodeScalars {
            let isBlank = scalar == " " || scalar.value < 0x20
            guard !isBlank || !line.isEmpty else { continue }
            guard line.utf8.count + UTF8.width(scalar) <= bytesMax else { break }
            line.unicodeScalars.append(isBlank ? " " : scalar)
        }
        while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
        return line
    }
}
