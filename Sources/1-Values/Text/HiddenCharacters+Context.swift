extension HiddenCharacters {
    /// Whether the character at `index` can't be seen where it stands. Looks at a few neighbours at most.
    static func isHidden(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
        let scalar = text[index]
        switch scalar.value {
        case 0x20..<0x7F, 0x09, 0x0A, 0x0D: return false
        case 0xAD: return !isBetweenLetters(text, index)
        case 0x200B: return !isBetween(text, index, Scripts.writesWithoutSpaces)
        case 0x200C, 0x200D: return !joins(text, index)
        case 0x061C, 0x200E, 0x200F: return !isBesideRightToLeft(text, index)
        case 0x180B...0x180D, 0x180F: return !follows(text, index) { (0x1820...0x18AA).contains($0.value) }
        case 0x2800: return !isBeside(text, index) { (0x2801...0x28FF).contains($0.value) }
        case 0xFE00...0xFE02, 0xE0100...0xE01EF: return !follows(text, index) { $0.properties.isIdeographic }
        case 0xFE0E, 0xFE0F: return !choosesEmoji(text, index)
        // Signs of Arabic, Syriac and Kaithi numbers, which format the digits after them and are visible.
        case 0x0600...0x0605, 0x06DD, 0x070F, 0x0890...0x0891, 0x08E2, 0x110BD, 0x110CD: return false
        default: break
        }
        if scalar.properties.isDefaultIgnorableCodePoint { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: return true
        case .unassigned: return !Scripts.isReservedForEmoji(scalar)
        default: return false
        }
    }

    private static func scalar(_ text: [Unicode.Scalar], _ index: Int) -> Unicode.Scalar? {
        text.indices.contains(index) ? text[index] : nil
    }

    private static func follows(
        _ text: [Unicode.Scalar],
        _ index: Int,
        _ fits: (Unicode.Scalar) -> Bool
    ) -> Bool {
        scalar(text, index - 1).map(fits) ?? false
    }

    private static func isBeside(
        _ text: [Unicode.Scalar],
        _ index: Int,
        _ fits: (Unicode.Scalar) -> Bool
    ) -> Bool {
        follows(text, index, fits) || scalar(text, index + 1).map(fits) ?? false
    }

    private static func isBetween(
        _ text: [Unicode.Scalar],
        _ index: Int,
        _ fits: (Unicode.Scalar) -> Bool
    ) -> Bool {
        follows(text, index, fits) && scalar(text, index + 1).map(fits) ?? false
    }

    private static func isBetweenLetters(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
        isBetween(text, index) { $0.properties.isAlphabetic }
    }

    /// Whether a joiner or non-joiner shapes an emoji or a word. At most one counts between two letters, so that a row
    /// of them can't carry a message.
    private static func joins(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
        guard let before = scalar(text, index - 1) else { return false }
        let after = scalar(text, index + 1)
        if text[index].value == 0x200D, let after, Scripts.isEmoji(after) {
            if Scripts.isEmoji(before) { return true }
            if before.value == 0xFE0F, let base = scalar(text, index - 2), Scripts.isEmoji(base) {
                return true
            }
        }
        guard Scripts.needsJoiners(before) else { return false }
        guard let after else { return true }
        // At the end of a word, it shapes the letter before it.
        return Scripts.needsJoiners(after) || after.properties.isWhitespace || isPunctuation(after)
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .openPunctuation, .closePunctuation, .dashPunctuation, .otherPunctuation, .initialPunctuation,
            .finalPunctuation, .connectorPunctuation:
            true
        default: false
        }
    }

    /// Whether a right-to-left letter comes before or after, with at most seven spaces, digits and signs between.
    private static func isBesideRightToLeft(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
        for step in [-1, 1] {
            for distance in 1...8 {
                guard let near = scalar(text, index + step * distance) else { break }
                if Scripts.isRightToLeft(near) { return true }
                if near.properties.isAlphabetic || near.properties.isDefaultIgnorableCodePoint { break }
            }
        }
        return false
    }

    /// Whether a variation selector follows an emoji, or a digit that is part of a keycap.
    private static func choosesEmoji(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
        guard let before = scalar(text, index - 1), before.properties.isEmoji else { return false }
        return before.value > 0x7F || scalar(text, index + 1)?.value == 0x20E3
    }
}
