/// One value from outside: an environment variable, a key file, a property of a profile.
///
/// Secrets made with `echo`, files with Windows line ends and texts copied from a page bring white space with them that
/// nobody sees, and that breaks a signature or a request's head.
package enum OutsideValue {
    /// The text without white space and byte-order marks at either end.
    package static func trimmed(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
            isBlank(first) || isBlank(last)
        else { return text }
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// Whether a control character is in the text: a line break, a tab, NUL, or any other.
    package static func holdsControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar.properties.isWhitespace || scalar == "\u{FEFF}"
    }
}
