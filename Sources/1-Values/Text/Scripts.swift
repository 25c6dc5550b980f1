/// Properties of a character's script that the standard library lacks, by blocks. Source: Blocks.txt of Unicode 16
enum Scripts {
    /// Letters and marks of scripts whose letters join, or form clusters: Arabic, Syriac, Mongolian, the scripts of
    /// India and of South-East Asia. Source: Unicode Annex 31 §2.3, rules A1, A2 and B
    static func needsJoiners(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0600...0x077F, 0x07C0...0x07FF, 0x0840...0x08FF, 0xFB50...0xFDFF, 0xFE70...0xFEFE,
            0x1800...0x18AF, 0xA840...0xA87F, 0x10AC0...0x10AFF, 0x10B80...0x10BAF, 0x10D00...0x10D3F,
            0x10F30...0x10FDF, 0x1E900...0x1E95F,
            0x0900...0x0DFF, 0x0E80...0x109F, 0x1700...0x17FF, 0x1900...0x1AAF, 0x1B00...0x1C4F,
            0x1CD0...0x1CFF, 0xA800...0xA82F, 0xA880...0xA8FF, 0xA980...0xA9FF, 0xAA60...0xAA7F,
            0xAAE0...0xAAFF,
            0xABC0...0xABFF, 0x11000...0x11FFF:
            isLetterOrMark(scalar)
        default: false
        }
    }

    /// Letters and marks of Thai, Lao, Myanmar and Khmer, where a zero-width space separates words.
    static func writesWithoutSpaces(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0xA9E0...0xA9FF, 0xAA60...0xAA7F:
            isLetterOrMark(scalar)
        default: false
        }
    }

    /// Source: DerivedBidiClass.txt, R and AL
    static func isRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            isLetterOrMark(scalar)
        default: false
        }
    }

    /// Whether it is an emoji, or a code point reserved for one; digits and signs of ASCII don't count as emoji.
    static func isEmoji(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value > 0x7F && (scalar.properties.isEmoji || isReservedForEmoji(scalar))
    }

    /// Whether Unicode reserves the code point for emoji of later versions. Source: emoji-data.txt,
    /// Extended_Pictographic
    static func isReservedForEmoji(_ scalar: Unicode.Scalar) -> Bool {
        (0x1F000...0x1FAFF).contains(scalar.value) && scalar.properties.generalCategory == .unassigned
    }

    private static func isLetterOrMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .otherLetter, .modifierLetter, .lowercaseLetter, .uppercaseLetter, .nonspacingMark, .spacingMark:
            !scalar.properties.isDefaultIgnorableCodePoint
        default: false
        }
    }
}
