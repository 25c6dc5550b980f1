/// Finds characters that a reader of a tool's definition can't see: a model would read more than its reviewer
/// did.
///
/// Source: Unicode Technical Report 36 §3, Unicode Standard Annex 9 §2.
package enum HiddenCharacters {
    /// The first such character of `text`; nil when there is none. Line breaks and tabs are plain.
    package static func first(in text: String) -> Unicode.Scalar? {
        text.unicodeScalars.first { !isPlain($0) }
    }

    package static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case 0...0x1F, 0x7F...0x9F: false  // control characters
        case 0xAD, 0x034F: false  // soft hyphen, grapheme joiner
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false  // direction of text
        case 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x3164, 0xFFA0: false  // blank letters
        case 0x200B...0x200D, 0x2060...0x2065, 0x206A...0x206F, 0xFEFF: false  // zero width
        case 0x2028, 0x2029: false  // separators that few programs show
        case 0xFFF9...0xFFFB: false  // annotations
        case 0x2800: false  // a Braille cell without a dot
        case 0xFE00...0xFE0D: false  // variation selectors; the last two choose how an emoji looks
        case 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A: false  // format of shorthand and of music
        case 0xE0000...0xE0FFF: false  // tags, more variation selectors
        default: true
        }
    }

    /// The code point as it is usually written, e.g. `U+200B`.
    package static func name(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
