/// The one definition of a character that a reader can't see: with one, a model would read more than its reviewer did.
///
/// The context decides. A joiner is visible as part of an emoji or of a Persian word, and hidden between two Latin
/// letters. Private use is hidden, as no two fonts show the same; so are unassigned code points, except those reserved
/// for emoji; so are U+2028 and U+2029, which few programs show. A byte order mark is hidden: whoever reads files
/// removes it first. Takes linear time.
/// Source: Unicode Technical Report 36 §3; Annexes 9 §2, 31 §2.3 (A1, A2), 51 §1.4; the property
/// Default_Ignorable_Code_Point
package enum HiddenCharacters {
    /// The first hidden character of `text`; `nil` when there is none. Line ends and tabs aren't hidden.
    package static func first(in text: String) -> Unicode.Scalar? {
        if isPlainASCII(text) { return nil }
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.first { isHidden(scalars, $0) }.map { scalars[$0] }
    }

    /// The code point as it is usually written, e.g. `U+200B`.
    package static func name(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The text with each hidden character as its code point, e.g. `<U+200B>`: for terminals, logs and messages.
    ///
    /// `keepsLines`: line ends and tabs stay; otherwise they become code points too, and the text is one line.
    package static func shown(_ text: String, keepsLines: Bool = false) -> String {
        rewritten(text, keepsLines: keepsLines) { "<\(name(of: $0))>" }
    }

    /// The text without its hidden characters; line ends and tabs stay.
    package static func removing(from text: String) -> String {
        rewritten(text, keepsLines: true) { _ in "" }
    }

    /// The text with each hidden character replaced by what `replacement` returns for it.
    package static func replacing(in text: String, _ replacement: (Unicode.Scalar) -> String) -> String {
        rewritten(text, keepsLines: true, replacement)
    }

    private static func rewritten(
        _ text: String,
        keepsLines: Bool,
        _ replacement: (Unicode.Scalar) -> String
    ) -> String {
        if isPlainASCII(text), keepsLines || !text.utf8.contains(where: { $0 < 0x20 }) { return text }
        let scalars = Array(text.unicodeScalars)
        var out = ""
        for index in scalars.indices {
            if isHidden(scalars, index) || !keepsLines && scalars[index].value < 0x20 {
                out += replacement(scalars[index])
            } else {
                out.unicodeScalars.append(scalars[index])
            }
        }
        return out
    }

    private static func isPlainASCII(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }
    }
}
