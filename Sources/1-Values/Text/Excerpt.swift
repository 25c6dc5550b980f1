import Bytes

/// A short piece of unusable data, made safe for a message, a log and a model.
package enum Excerpt {
    /// The beginning of the bytes in `range`: on one line, at most `charactersMax` characters, each hidden
    /// character as its code point.
    ///
    /// A run of 16 or more letters, digits and `+/_=-` is cut out, as it may be a credential; words that long are
    /// rare.
    package static func of(_ bytes: Span<UInt8>, _ range: Range<Int>, charactersMax: Int = 120) -> String {
        let sampled = 2 * charactersMax
        let sample = bytes.text(range.lowerBound..<min(range.upperBound, range.lowerBound + sampled))
        var result = ""
        var run = ""
        for scalar in HiddenCharacters.shown(onOneLine(sample)).unicodeScalars {
            if isToken(scalar) {
                run.unicodeScalars.append(scalar)
                continue
            }
            result += redacted(run)
            run = ""
            result.unicodeScalars.append(scalar)
        }
        result += redacted(run)
        let isCut = result.count > charactersMax || range.count > sampled
        return isCut ? "\(result.prefix(charactersMax))…" : result
    }

    private static func onOneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            line.append(scalar == "\n" || scalar == "\r" || scalar == "\t" ? " " : scalar)
        }
        return String(line)
    }

    private static func isToken(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "+/_=-".unicodeScalars.contains(scalar)
    }

    private static func redacted(_ run: String) -> String {
        run.unicodeScalars.count >= 16 ? "[…]" : run
    }
}
